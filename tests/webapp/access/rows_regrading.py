"""Marking a batch again."""

from tests.webapp.access.table import LOGIN, TAUGHT, TAUGHT_POST, Row, of_tp
from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import School
from webapp.submissions.models import Submission


def of_regrade(school: School, submission: Submission) -> list[object]:
    return [school.course.slug, school.assignment.tp, classroom.start(school).pk]


ROWS = {
    "regrades": Row(TAUGHT, of_tp),
    "regrade-new": Row(TAUGHT, of_tp),
    # 422: nothing was filled in; the role got that far.
    "regrade-start": Row((LOGIN, 404, 404, 422, 404), of_tp, "post"),
    "regrade": Row(TAUGHT, of_regrade),
    "regrade-live": Row(TAUGHT, of_regrade),
    "regrade-csv": Row(TAUGHT, of_regrade),
    **{
        f"regrade-{action}": Row(TAUGHT_POST, of_regrade, "post")
        for action in ("pause", "resume", "cancel", "retry", "apply", "undo")
    },
}
