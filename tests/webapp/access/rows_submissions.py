"""Handing in and looking at results."""

from tests.webapp.access.table import LOGIN, TAUGHT_POST, Row, of_course, of_submission, of_tp
from tests.webapp.support.fixtures import School
from webapp.submissions.models import Marking, State, Submission

OWN_AND_TAUGHT = (LOGIN, 200, 404, 200, 404)


def withheld(school: School, submission: Submission) -> list[object]:
    Marking.objects.update(state=State.ERROR)
    return [submission.pk]


ROWS = {
    "home": Row((LOGIN, 200, 200, 200, 200)),
    "course": Row((LOGIN, 200, 200, 200, 404), of_course),
    "assignment": Row((LOGIN, 200, 200, 200, 404), of_tp),
    # 422: the form is shown again, for nothing was chosen; the role got that far.
    "hand-in": Row((LOGIN, 422, 422, 404, 404), of_tp, "post"),
    "submission": Row(OWN_AND_TAUGHT, of_submission),
    "progress": Row(OWN_AND_TAUGHT, of_submission),
    "source": Row(OWN_AND_TAUGHT, lambda school, own: [own.pk, own.files.get().pk]),
    "download": Row(OWN_AND_TAUGHT, lambda school, own: [own.pk, "report"]),
    "mark-again": Row(TAUGHT_POST, withheld, "post"),
}
