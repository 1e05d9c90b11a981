"""Writing rubrics, TPs and courses."""

from tests.webapp.access.table import (
    LOGIN,
    TAUGHT,
    TAUGHT_POST,
    Arguments,
    Row,
    of_course,
    of_tp,
)  # fmt: skip
from tests.webapp.support.fixtures import School
from webapp.submissions.models import Submission


def of_version(school: School, submission: Submission) -> list[object]:
    return [school.course.slug, school.assignment.tp, 1]


OF_VERSION: Arguments = of_version
#: The form comes back, for nothing was sent; the role got that far.
BACK = (LOGIN, 404, 404, 422, 404)

ROWS = {
    # Nobody here is staff.
    "course-new": Row((LOGIN, 404, 404, 404, 404)),
    "tp-new": Row(TAUGHT, of_course),
    "tp-settings": Row(TAUGHT, of_tp),
    "rubric": Row(TAUGHT, of_tp),
    "rubric-begin": Row(BACK, of_tp, "post"),
    "rubric-diff": Row(TAUGHT, of_tp),
    "rubric-edit": Row(TAUGHT, of_tp),
    "rubric-validate": Row(TAUGHT, of_tp, "post"),
    "rubric-preview": Row(TAUGHT, of_tp),
    "rubric-store": Row(BACK, of_tp, "post"),
    "rubric-discard": Row(TAUGHT_POST, of_tp, "post"),
    "rubric-version": Row(TAUGHT, OF_VERSION),
}
