"""Who may store what of a marking, with the time passed in."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from grader import events
from tests.webapp.support import reports
from tests.webapp.support.fixtures import School, marking_of
from webapp.submissions import claims, dispatch, services
from webapp.submissions.models import CriterionProgress, Marking, MarkingReport, State, Submission

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def submission(school: School) -> Submission:
    return school.submit()


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def take(submission: Submission, now: dt.datetime) -> claims.Claim | None:
    return claims.claim(marking_of(submission).pk, now)


def taken(submission: Submission, now: dt.datetime) -> claims.Claim:
    claim = take(submission, now)
    assert claim is not None
    return claim


def after_the_lease(now: dt.datetime, settings: Settings) -> dt.datetime:
    lease: float = settings.RINGMARK_LEASE_SECONDS
    return now + (lease + 1) * SECOND


def test_a_marking_is_claimed_by_one_worker_only(submission: Submission, now: dt.datetime) -> None:
    assert take(submission, now) is not None
    assert take(submission, now) is None


def test_a_claim_that_is_renewed_is_kept(
    submission: Submission, now: dt.datetime, settings: Settings
) -> None:
    claim = taken(submission, now)
    later = now + settings.RINGMARK_LEASE_SECONDS * 0.9 * SECOND
    assert claims.renew(claim, later)
    assert claims.release_expired(after_the_lease(now, settings)) == 0
    assert take(submission, after_the_lease(now, settings)) is None


def test_who_lost_the_claim_can_store_nothing_more(
    submission: Submission, now: dt.datetime, settings: Settings
) -> None:
    slow = taken(submission, now)
    later = after_the_lease(now, settings)
    quick = taken(submission, later)
    report = reports.report("perfect", submission.seed)
    assert not claims.note(slow, events.Started(criteria=("tp1.build",), checks=1), later)
    assert not claims.finish(slow, reports.report("defect", submission.seed), later)
    assert not claims.fail(slow, "too late", later)
    assert claims.finish(quick, report, later)
    assert not claims.finish(slow, reports.report("defect", submission.seed), later)
    assert marking_of(submission).score == 20
    assert MarkingReport.objects.get().document == report.to_json()


def test_a_graded_marking_is_never_claimed_again(school: School, now: dt.datetime) -> None:
    assert take(school.graded(), now + 3600 * SECOND) is None


def test_progress_of_a_dead_worker_is_gone_when_the_next_begins(
    submission: Submission, now: dt.datetime, settings: Settings
) -> None:
    claims.note(taken(submission, now), events.Started(("tp1.build", "tp1.load"), 2), now)
    assert CriterionProgress.objects.count() == 2
    taken(submission, after_the_lease(now, settings))
    assert CriterionProgress.objects.count() == 0


def test_after_a_fault_it_waits_longer_each_time(
    submission: Submission, now: dt.datetime, settings: Settings
) -> None:
    pauses = []
    for _ in range(settings.RINGMARK_MAX_FAILURES - 1):
        assert claims.fail(taken(submission, now), "QEMU ended", now)
        not_before = marking_of(submission).not_before
        assert not_before is not None
        pauses.append((not_before - now).total_seconds())
        assert take(submission, not_before - SECOND) is None
        now = not_before
    assert pauses == sorted(pauses)
    assert pauses[1] == 2 * pauses[0]


def test_a_submission_that_kills_every_worker_comes_to_an_end(
    submission: Submission, now: dt.datetime, settings: Settings
) -> None:
    for _ in range(settings.RINGMARK_MAX_FAILURES):
        taken(submission, now)
        now = after_the_lease(now, settings)
        claims.release_expired(now)
    marking = marking_of(submission)
    assert marking.state == State.ERROR
    assert "worker" in marking.last_fault
    assert marking.score is None


def test_the_place_in_the_queue_counts_who_was_first(school: School, now: dt.datetime) -> None:
    first = school.submit(student=school.fellow)
    second = school.submit()
    assert services.ahead_of(marking_of(first)) == 0
    assert services.ahead_of(marking_of(second)) == 1
    taken(first, now)
    assert services.ahead_of(marking_of(second)) == 1
    claim = Marking.objects.get(submission=first)
    held = claims.Claim(claim.pk, claim.owner)
    assert claims.finish(held, reports.report("perfect", first.seed), now)
    assert services.ahead_of(marking_of(second)) == 0


def test_a_message_under_way_is_not_sent_a_second_time(
    submission: Submission, now: dt.datetime
) -> None:
    marking = marking_of(submission)
    Marking.objects.update(sent_at=None, queued_at=now - dispatch.GRACE - SECOND)
    assert dispatch.recover(now) == 1
    waiting = dispatch.messages_waiting()
    assert dispatch.recover(now + dispatch.LOST_AFTER * 2) == 0
    assert dispatch.messages_waiting() == waiting
    assert marking_of(submission).pk == marking.pk


def test_a_fault_may_quote_a_console(submission: Submission, now: dt.datetime) -> None:
    """PostgreSQL refuses NUL; the marking would hang until its lease ends, each time."""
    assert claims.fail(taken(submission, now), "the guest died: \0\x1b[31mOops", now)
    assert marking_of(submission).last_fault == "the guest died: \ufffd\x1b[31mOops"
