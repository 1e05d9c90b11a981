"""Attempts side by side."""

from tests.webapp.access.table import LOGIN, Row, of_tp
from tests.webapp.support.fixtures import School
from webapp.submissions.models import Submission


def of_two(school: School, submission: Submission) -> list[object]:
    return [school.submit(submission.files.get().data + b"\n").pk]


ROWS = {
    # An instructor has to say whose: without, there is nothing.
    "attempts": Row((LOGIN, 200, 200, 404, 404), of_tp),
    "compare": Row((LOGIN, 200, 404, 200, 404), of_two),
}
