"""Gradebook, one student, exports, charts."""

from tests.webapp.access.table import TAUGHT, Row, of_course, of_tp

ROWS = {
    "gradebook": Row(TAUGHT, of_course),
    # An answer to the form is a file, not another page.
    "gradebook-export": Row(TAUGHT, of_course, "post", (("kind", "csv"), ("rows", "all"))),
    "student": Row(TAUGHT, lambda school, own: [school.course.slug, school.student.username]),
    "class-report": Row(TAUGHT, of_tp),
}
