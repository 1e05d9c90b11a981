"""Known modules, proofs, publishing: for the course's instructors."""

from django.utils import timezone

from tests.webapp.access.table import LOGIN, TAUGHT, TAUGHT_POST, Row, of_tp
from tests.webapp.support import reports
from tests.webapp.support.fixtures import School
from webapp.proving.proofs import start
from webapp.rubrics.known import active_modules, adopt_known
from webapp.rubrics.models import KnownModule, RubricVersion
from webapp.submissions import claims
from webapp.submissions.models import Submission

#: The form is shown again: nothing was said. The role got that far.
FORM_AGAIN = (LOGIN, 404, 404, 422, 404)


def of_version(school: School, submission: Submission) -> list[object]:
    return [*of_tp(school, submission), 1]


def of_module(school: School, submission: Submission) -> list[object]:
    adopt_known(school.assignment, timezone.now())
    return [*of_tp(school, submission), active_modules(school.assignment)[0].pk]


def of_file(school: School, submission: Submission) -> list[object]:
    course, tp, module = of_module(school, submission)
    return [course, tp, module, KnownModule.objects.get(pk=module).files.get().pk]


def with_modules(school: School, submission: Submission) -> list[object]:
    adopt_known(school.assignment, timezone.now())
    return of_version(school, submission)


def of_run(school: School, submission: Submission) -> list[object]:
    now = timezone.now()
    adopt_known(school.assignment, now)
    version = RubricVersion.objects.get(assignment=school.assignment)
    run = start(version, school.instructor, now).runs.select_related("marking").first()
    assert run is not None
    claim = claims.claim(run.marking_id, now)
    assert claim is not None
    assert claims.finish(claim, reports.report("perfect", 1), now)
    return [*of_version(school, submission), run.pk]


ROWS = {
    "known-modules": Row(TAUGHT, of_tp),
    "known-module-add": Row(FORM_AGAIN, of_tp, "post"),
    "known-modules-adopt": Row(TAUGHT_POST, of_tp, "post"),
    "known-module": Row(TAUGHT, of_module),
    "known-module-retire": Row(TAUGHT_POST, of_module, "post"),
    "known-file": Row(TAUGHT, of_file),
    "proof": Row(TAUGHT, of_version),
    "proof-start": Row(TAUGHT_POST, with_modules, "post"),
    "proof-live": Row(TAUGHT, of_version),
    "proof-run": Row(TAUGHT, of_run),
    "proof-run-again": Row(TAUGHT_POST, of_run, "post"),
    "proof-run-download": Row(TAUGHT, lambda school, own: [*of_run(school, own), "report"]),
    # Version 1 is in use already.
    "rubric-publish": Row(FORM_AGAIN, of_version, "post"),
}
