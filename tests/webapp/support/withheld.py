"""A submission whose mark the platform had to withhold."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from grader import events
from grader.report import Report
from tests.webapp.support import reports
from tests.webapp.support.fixtures import marking_of
from webapp.submissions import claims
from webapp.submissions.models import Marking, Submission

FAULT = "QEMU ended before it answered"


def withhold(submission: Submission, report: Report | None = None, decided: int = 0) -> None:
    """Let every try fail. ``decided``: so many criteria were decided in each before it did."""
    marking = marking_of(submission)
    perfect = reports.report("perfect", submission.seed)
    for _ in range(settings.RINGMARK_MAX_FAILURES):
        now = timezone.now()
        Marking.objects.filter(pk=marking.pk).update(not_before=None)
        claim = claims.claim(marking.pk, now)
        assert claim is not None
        if decided:
            ids = tuple(each.id for each in perfect.criteria)
            claims.note(claim, events.Started(criteria=ids, checks=len(ids)), now)
            for criterion in perfect.criteria[:decided]:
                claims.note(claim, events.CriterionDecided(criterion), now)
        assert claims.fail(claim, FAULT, now, report)
