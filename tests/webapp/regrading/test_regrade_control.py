"""Pausing, resuming, cancelling, trying again; what a worker holds meanwhile."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support import reports
from tests.webapp.support.fixtures import School
from webapp.audit.models import Action, AuditEntry
from webapp.regrading import control
from webapp.regrading.models import Regrade, RegradeState
from webapp.regrading.progress import pace
from webapp.regrading.templatetags.spans import signed, span
from webapp.submissions import claims, dispatch, services
from webapp.submissions.models import Marking, State


@pytest.fixture
def regrade(school: School) -> Regrade:
    classroom.add_class(school, 4)
    return classroom.start(school)


def states(regrade: Regrade) -> list[str]:
    return list(control.markings_of(regrade).order_by("pk").values_list("state", flat=True))


def test_paused_ones_are_not_marked_until_resumed(school: School, regrade: Regrade) -> None:
    now = timezone.now()
    claim = claims.claim_next(now)
    assert claim is not None
    Marking.objects.filter(state=State.QUEUED).update(sent_at=now)
    assert control.pause(regrade, school.instructor, now) == 3
    assert states(regrade) == ["running", "held", "held", "held"]
    assert claims.claim_next(now) is None
    assert claims.finish(claim, reports.report("perfect", 1), now)
    assert states(regrade)[0] == "graded"
    assert dispatch.recover(now + dispatch.LOST_AFTER * 2) == 0
    assert control.resume(regrade, school.instructor, now) == 3
    # Their messages may have been spent meanwhile: they are sent again.
    assert dispatch.recover(now + dispatch.GRACE * 2) == 3
    assert claims.claim_next(now) is not None
    actions = AuditEntry.objects.order_by("pk").values_list("action", "detail")
    assert list(actions)[1:] == [
        (Action.REGRADE_PAUSED, {"held": 3}), (Action.REGRADE_RESUMED, {"released": 3}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("do", "ends_as"), [(control.pause, State.HELD), (control.cancel, State.CANCELLED)]
)
def test_what_a_worker_lost_after_a_stop_stays_stopped(
    school: School, regrade: Regrade, do, ends_as: State
) -> None:
    now = timezone.now()
    lost, failed = claims.claim_next(now), claims.claim_next(now)
    assert lost is not None
    assert failed is not None
    do(regrade, school.instructor, now)
    assert claims.fail(failed, "QEMU ended", now)
    later = now + dt.timedelta(seconds=settings.RINGMARK_LEASE_SECONDS + 1)
    assert claims.claim_next(later) is None
    assert states(regrade) == [ends_as] * 4


def test_a_lost_worker_does_not_stop_a_running_regrade(school: School, regrade: Regrade) -> None:
    now = timezone.now()
    assert claims.claim_next(now) is not None
    later = now + dt.timedelta(seconds=settings.RINGMARK_LEASE_SECONDS + 1)
    claims.release_expired(later)
    assert states(regrade) == [State.QUEUED] * 4


def test_cancelling_keeps_what_is_done(school: School, regrade: Regrade) -> None:
    now = timezone.now()
    claim = claims.claim_next(now)
    assert claim is not None
    assert claims.finish(claim, reports.report("defect", 1), now)
    control.pause(regrade, school.instructor, now)
    assert control.cancel(regrade, school.instructor, now) == 3
    assert states(regrade) == ["graded", "cancelled", "cancelled", "cancelled"]
    assert control.resume(regrade, school.instructor, now) == 0
    assert control.pause(regrade, school.instructor, now) == 0
    regrade.refresh_from_db()
    assert regrade.state == RegradeState.CANCELLED
    assert AuditEntry.objects.filter(action=Action.REGRADE_RESUMED).count() == 0


def test_two_tabs_that_pause_write_one_entry(school: School, regrade: Regrade) -> None:
    stale = Regrade.objects.get(pk=regrade.pk)
    control.pause(regrade, school.instructor, timezone.now())
    control.pause(stale, school.instructor, timezone.now())
    assert AuditEntry.objects.filter(action=Action.REGRADE_PAUSED).count() == 1


def test_failed_ones_are_listed_with_the_reason_and_tried_again(
    school: School, regrade: Regrade, client: Client
) -> None:
    failed = list(control.markings_of(regrade).order_by("pk")[:2])
    Marking.objects.filter(pk__in=[each.pk for each in failed]).update(
        state=State.ERROR, failures=5, last_fault="QEMU <ended>", finished_at=timezone.now()
    )
    client.force_login(school.instructor)
    html = client.get(regrade.get_absolute_url()).content.decode()
    assert html.count("QEMU &lt;ended&gt;") == 2
    assert "Try all 2 again" in html
    retry = reverse("regrade-retry", args=["asee", "tp1", regrade.pk])
    client.post(retry, {"item": str(failed[0].regrade_item.pk)})
    assert states(regrade) == ["queued", "error", "queued", "queued"]
    again = Marking.objects.get(pk=failed[0].pk)
    assert (again.failures, again.finished_at, again.is_shown) == (0, None, False)
    control.pause(regrade, school.instructor, timezone.now())
    client.post(retry)
    assert states(regrade)[1] == "error"
    control.resume(regrade, school.instructor, timezone.now())
    client.post(retry)
    assert states(regrade)[1] == "queued"
    assert AuditEntry.objects.filter(action=Action.MARKED_AGAIN).count() == 2


def test_what_is_handed_in_comes_before_a_regrade(school: School, regrade: Regrade) -> None:
    fresh = school.submit()
    marking = Marking.objects.get(submission=fresh)
    assert services.ahead_of(marking) == 0
    last = control.markings_of(regrade).order_by("-pk").first()
    assert last is not None
    assert services.ahead_of(last) == 4  # three of its own, and the fresh one
    claim = claims.claim_next(timezone.now())
    assert claim is not None
    assert claim.marking_id == marking.pk


def test_a_regrade_of_thousands_leaves_few_messages_in_the_queue(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "AT_ONCE", 5)
    classroom.add_class(school, 12)
    classroom.start(school)
    before = dispatch.messages_waiting()
    assert before is not None
    later = timezone.now() + dispatch.GRACE * 2
    sent = dispatch.recover(later)
    assert sent == max(0, 5 - before)
    assert dispatch.recover(later) == 0
    assert dispatch.messages_waiting() == before + sent
    assert Marking.objects.filter(sent_at=later).count() == sent


def test_the_pace_knows_of_no_pause() -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    seconds = [0, 10, 20, 3620, 3630]
    ends = [start + dt.timedelta(seconds=each) for each in reversed(seconds)]
    assert pace(ends) == 10
    assert pace(ends[:2]) is None
    assert pace([]) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (0, "1 s"), (119, "119 s"), (150, "2 min"), (7300, "2 h 2 min"),
     (3 * 86400 + 5 * 3600, "3 d 5 h")],
)  # fmt: skip
def test_spans_are_said_roughly(seconds: float | None, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.parametrize(("value", "said"), [(3, "+3"), (-0.5, "−0.5"), (0, "±0"), (None, "–")])
def test_differences_say_their_sign(value: float | None, said: str) -> None:
    assert signed(value) == said
