"""Handing in and looking at results."""

from django.utils import timezone

from grader.intake import Upload
from tests.webapp.access.table import LOGIN, TAUGHT_POST, Row, of_course, of_submission, of_tp
from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import MODULE, School
from webapp.courses.models import Counts
from webapp.regrading import applying
from webapp.regrading.applying import Scope
from webapp.submissions import services
from webapp.submissions.models import Marking, State, Submission

OWN_AND_TAUGHT = (LOGIN, 200, 404, 200, 404)


def withheld(school: School, submission: Submission) -> list[object]:
    Marking.objects.update(state=State.ERROR)
    return [submission.pk]


def of_try(school: School, submission: Submission) -> list[object]:
    school.assignment.counts = Counts.LAST
    school.assignment.save()
    made = services.hand_in(
        school.student, school.assignment, [Upload("ring.c", MODULE)], timezone.now(), as_try=True
    )
    return [made.pk]


def former(school: School, submission: Submission) -> list[object]:
    """What was shown before a regrade was applied."""
    old = submission.markings.get()
    regrade = classroom.start(school)
    classroom.finish(regrade)
    applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now())
    return [submission.pk, old.pk]


ROWS = {
    "home": Row((LOGIN, 200, 200, 200, 200)),
    "course": Row((LOGIN, 200, 200, 200, 404), of_course),
    "assignment": Row((LOGIN, 200, 200, 200, 404), of_tp),
    # 422: the form is shown again, for nothing was chosen; the role got that far.
    "hand-in": Row((LOGIN, 422, 422, 404, 404), of_tp, "post"),
    "try-out": Row((LOGIN, 422, 422, 404, 404), of_tp, "post"),
    "hand-in-try": Row((LOGIN, 302, 404, 404, 404), of_try, "post"),
    "submission": Row(OWN_AND_TAUGHT, of_submission),
    "progress": Row(OWN_AND_TAUGHT, of_submission),
    "source": Row(OWN_AND_TAUGHT, lambda school, own: [own.pk, own.files.get().pk]),
    "download": Row(OWN_AND_TAUGHT, lambda school, own: [own.pk, "report"]),
    "former": Row(OWN_AND_TAUGHT, former),
    "former-download": Row(OWN_AND_TAUGHT, lambda school, own: [*former(school, own), "report"]),
    "mark-again": Row(TAUGHT_POST, withheld, "post"),
}
