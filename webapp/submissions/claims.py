"""Who may work on a marking. All moves between its states are here.

A worker claims a marking for a short lease and renews it while it works. Whoever lost the claim
(killed, cut off, too slow) can store nothing more: every write names the claim's owner. So a
message of the queue may come twice, late or never without a mark being doubled or lost.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.dispatch import Signal

from grader.events import (
    CheckFinished,
    CheckStarted,
    CriterionDecided,
    Event,
    Started,
)
from grader.report import Report
from webapp.submissions.marks import settle_marking
from webapp.submissions.models import CriterionProgress, Marking, MarkingReport, State
from webapp.submissions.work import being_done

#: A marking is to be tried again; sent in that transaction with ``marking``, so that the room that
#: made it may stop it: its batch was paused or cancelled while a worker had it.
put_back = Signal()

WORKER_LOST = "the worker stopped in the middle (killed, or its machine went away)"


@dataclass(frozen=True)
class Claim:
    marking_id: int
    owner: str

    def held(self) -> QuerySet[Marking]:
        return Marking.objects.filter(pk=self.marking_id, owner=self.owner, state=State.RUNNING)


def lease_end(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.RINGMARK_LEASE_SECONDS)


def claim_next(now: dt.datetime) -> Claim | None:
    """Take the marking that comes first, or None when nothing waits. What was handed in comes
    before proofs and regrades, whatever message woke the worker. What equals a marking that is
    being done is left: it gets that one's result.
    """
    release_expired(now)
    while True:
        waiting = Marking.objects.filter(ready(now)).exclude(being_done())
        first = in_order(waiting).values_list("pk", flat=True).first()
        if first is None:
            return None
        taken = claim(first, now)
        if taken is not None:
            return taken


def claim(marking_id: int, now: dt.datetime) -> Claim | None:
    """Take this marking, or None: marked already, being marked, or waiting after a fault."""
    markings = Marking.objects.filter(pk=marking_id)
    release_expired(now, markings)
    owner = uuid.uuid4().hex
    with transaction.atomic():
        taken = markings.filter(ready(now)).update(
            state=State.RUNNING,
            owner=owner,
            lease_until=lease_end(now),
            started_at=now,
            checks_total=0,
            checks_done=0,
        )
        if not taken:
            return None
        CriterionProgress.objects.filter(marking_id=marking_id).delete()
    return Claim(marking_id, owner)


def in_order(markings: QuerySet[Marking]) -> QuerySet[Marking]:
    """As they will be marked."""
    return markings.order_by("priority", "queued_at", "pk")


def ready(now: dt.datetime) -> Q:
    return Q(state=State.QUEUED) & (Q(not_before=None) | Q(not_before__lte=now))


def renew(held: Claim, now: dt.datetime) -> bool:
    """Show a sign of life. False: somebody else has the marking now."""
    return bool(held.held().update(lease_until=lease_end(now)))


def note(held: Claim, event: Event, now: dt.datetime) -> bool:
    """Store a step of the progress. False: the claim is lost and nothing was stored."""
    with transaction.atomic():
        if not renew(held, now):
            return False
        rows = CriterionProgress.objects.filter(marking_id=held.marking_id)
        match event:
            case Started(criteria=criteria, checks=checks):
                held.held().update(checks_total=checks)
                rows.bulk_create(
                    CriterionProgress(marking_id=held.marking_id, position=n, criterion=criterion)
                    for n, criterion in enumerate(criteria)
                )
            case CheckStarted(criterion=criterion):
                rows.filter(criterion=criterion, verdict="").update(busy=True)
            case CheckFinished():
                held.held().update(checks_done=F("checks_done") + 1)
            case CriterionDecided(criterion=decided):
                rows.filter(criterion=decided.id).update(
                    busy=False,
                    verdict=decided.verdict,
                    points=decided.points,
                    max_points=decided.max_points,
                )
            case _:
                pass
    return True


def finish(held: Claim, report: Report, now: dt.datetime, engine: str = "") -> bool:
    """Store the mark, and which engine found it. False: the claim is lost; another worker's report
    is or will be there.
    """
    return _grade(
        held,
        report.to_json(),
        _decided(report),
        score=report.score,
        max_score=report.max_score,
        finished_at=now,
        engine=engine,
        taken_from=None,
    )


def take_over(held: Claim, done: Marking, now: dt.datetime) -> bool:
    """Store the result of a finished marking of equal work. False: the claim is lost."""
    return _grade(
        held,
        MarkingReport.objects.values_list("document", flat=True).get(marking=done),
        list(CriterionProgress.objects.filter(marking=done)),
        score=done.score,
        max_score=done.max_score,
        finished_at=now,
        engine=done.engine,
        taken_from=done.taken_from_id or done.pk,
    )


def _grade(held: Claim, document: str, rows: list[CriterionProgress], **columns: object) -> bool:
    with transaction.atomic():
        graded = held.held().update(state=State.GRADED, owner="", lease_until=None, **columns)
        if graded:
            _store(held.marking_id, document, rows)
            settle_marking(held.marking_id)
    return bool(graded)


def fail(held: Claim, fault: str, now: dt.datetime, report: Report | None = None) -> bool:
    """The platform failed: try again later, or withhold the mark after too many times."""
    with transaction.atomic():
        marking = held.held().select_for_update().first()
        if marking is None:
            return False
        _fail(marking, fault, now)
        if report is not None and marking.state == State.ERROR:
            _store(marking.pk, report.to_json(), _decided(report))
        settle_marking(marking.pk)
    return True


def release_expired(now: dt.datetime, among: QuerySet[Marking] | None = None) -> int:
    """Put the markings of workers that went silent back into the queue; how many.

    It counts as a failure: a submission that kills each of its workers must come to an end.
    """
    markings = Marking.objects.all() if among is None else among
    released = 0
    expired = markings.filter(state=State.RUNNING, lease_until__lt=now)
    if not expired.exists():
        return 0
    with transaction.atomic():
        for marking in expired.select_for_update():
            _fail(marking, WORKER_LOST, now, wait=False)
            settle_marking(marking.pk)
            released += 1
    return released


def start_over(marking: Marking, now: dt.datetime) -> bool:
    """An instructor asks for a withheld mark to be tried again."""
    with transaction.atomic():
        again = Marking.objects.filter(pk=marking.pk, state=State.ERROR).update(
            state=State.QUEUED,
            failures=0,
            queued_at=now,
            sent_at=None,
            not_before=None,
            finished_at=None,
        )
        if again:
            settle_marking(marking.pk)
    return bool(again)


def hold(markings: QuerySet[Marking]) -> int:
    """Those that wait are not marked until released; what a worker has is finished."""
    return markings.filter(state=State.QUEUED).update(state=State.HELD)


def release(markings: QuerySet[Marking]) -> int:
    """Held ones wait again, where they were. Their messages may have come meanwhile."""
    return markings.filter(state=State.HELD).update(state=State.QUEUED, sent_at=None)


def cancel(markings: QuerySet[Marking]) -> int:
    """Those that wait or are held will not be marked; what a worker has is finished."""
    waiting = markings.filter(state__in=[State.QUEUED, State.HELD])
    return waiting.update(state=State.CANCELLED)


def _fail(marking: Marking, fault: str, now: dt.datetime, wait: bool = True) -> None:
    marking.failures += 1
    # A guest's console may be quoted in it, and PostgreSQL keeps no NUL.
    marking.last_fault = fault[:4000].replace("\0", "\N{REPLACEMENT CHARACTER}")
    marking.owner = ""
    marking.lease_until = None
    marking.sent_at = None
    marking.not_before = None
    if marking.failures >= settings.RINGMARK_MAX_FAILURES:
        marking.state = State.ERROR
        marking.finished_at = now
    else:
        marking.state = State.QUEUED
        if wait:
            pause = settings.RINGMARK_BACKOFF_SECONDS * 2 ** (marking.failures - 1)
            marking.not_before = now + dt.timedelta(seconds=pause)
    marking.save()
    if marking.state == State.QUEUED:
        put_back.send(Marking, marking=marking)


def _decided(report: Report) -> list[CriterionProgress]:
    return [
        CriterionProgress(
            position=n,
            criterion=criterion.id,
            verdict=criterion.verdict,
            points=criterion.points,
            max_points=criterion.max_points,
        )
        for n, criterion in enumerate(report.criteria)
    ]


def _store(marking_id: int, document: str, rows: list[CriterionProgress]) -> None:
    """``rows``: new ones, or those of another marking, which keeps its own."""
    for row in rows:
        row.pk, row.marking_id = None, marking_id
    MarkingReport.objects.update_or_create(marking_id=marking_id, defaults={"document": document})
    CriterionProgress.objects.filter(marking_id=marking_id).delete()
    CriterionProgress.objects.bulk_create(rows)
