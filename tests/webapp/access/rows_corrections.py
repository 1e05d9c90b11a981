"""What instructors do by hand, and the audit log."""

from django.utils import timezone

from tests.webapp.access.table import (
    LOGIN,
    TAUGHT,
    TAUGHT_POST,
    Row,
    of_course,
    of_tp,
)
from tests.webapp.support.fixtures import School
from webapp.corrections.comments import comment
from webapp.corrections.points import Seen, set_points
from webapp.submissions.models import Submission
from webapp.submissions.services import shown_marking

#: 422: the form is shown again, for nothing was typed; the role got that far.
TAUGHT_FORM = (LOGIN, 404, 404, 422, 404)


def of_both(school: School, submission: Submission) -> list[object]:
    return [school.course.slug, submission.pk]


def of_student(school: School, submission: Submission) -> list[object]:
    return [school.course.slug, school.assignment.tp, school.student.pk]


def corrected(school: School, submission: Submission) -> list[object]:
    marking = shown_marking(submission)
    assert marking is not None
    made = set_points(
        submission, "tp1.order", 1, "half of it", school.instructor, timezone.now(),
        Seen(marking.pk, None),
    )  # fmt: skip
    return [school.course.slug, submission.pk, made.pk]


def commented(school: School, submission: Submission) -> list[object]:
    made = comment(submission, "ring.c", 1, "why?", school.instructor, timezone.now())
    return [school.course.slug, submission.pk, made.pk]


ROWS = {
    "correct": Row(TAUGHT_FORM, of_both, "post"),
    "annul": Row(TAUGHT_FORM, of_both, "post"),
    "correction-withdraw": Row(TAUGHT_POST, corrected, "post"),
    "comment": Row(TAUGHT_FORM, of_both, "post"),
    "comment-withdraw": Row(TAUGHT_POST, commented, "post"),
    "extensions": Row(TAUGHT, of_tp),
    "extension": Row(TAUGHT, of_student),
    "extension-withdraw": Row(TAUGHT_POST, of_student, "post"),
    "audit": Row(TAUGHT, of_course),
}
