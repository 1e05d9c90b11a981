"""Pausing, resuming and cancelling a regrade, and trying again what failed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver

from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.regrading.models import Regrade, RegradeState
from webapp.submissions import claims
from webapp.submissions.models import Marking, State


def markings_of(regrade: Regrade) -> QuerySet[Marking]:
    return Marking.objects.filter(regrade_item__regrade=regrade)


def pause(regrade: Regrade, by: User, now: dt.datetime) -> int:
    """What waits is held, what is being marked is finished; how many are held."""
    with transaction.atomic():
        if not _move(regrade, {RegradeState.RUNNING}, RegradeState.PAUSED):
            return 0
        held = claims.hold(markings_of(regrade))
        _record(regrade, Action.REGRADE_PAUSED, by, now, held=held)
    return held


def resume(regrade: Regrade, by: User, now: dt.datetime) -> int:
    """How many wait again."""
    with transaction.atomic():
        if not _move(regrade, {RegradeState.PAUSED}, RegradeState.RUNNING):
            return 0
        released = claims.release(markings_of(regrade))
        _record(regrade, Action.REGRADE_RESUMED, by, now, released=released)
    return released


def cancel(regrade: Regrade, by: User, now: dt.datetime) -> int:
    """What was not begun will not be marked; how many. What is finished can still be applied."""
    with transaction.atomic():
        going = {RegradeState.RUNNING, RegradeState.PAUSED}
        if not _move(regrade, going, RegradeState.CANCELLED):
            return 0
        cancelled = claims.cancel(markings_of(regrade))
        _record(regrade, Action.REGRADE_CANCELLED, by, now, cancelled=cancelled)
    return cancelled


def retry(regrade: Regrade, by: User, now: dt.datetime, item: int | None = None) -> int:
    """Send what failed, or one of it, into the queue again; how many. Nothing unless it runs."""
    with transaction.atomic():
        if not _move(regrade, {RegradeState.RUNNING}, RegradeState.RUNNING):
            return 0
        failed = markings_of(regrade).filter(state=State.ERROR)
        if item is not None:
            failed = failed.filter(regrade_item=item)
        again = sum(claims.start_over(marking, now) for marking in failed)
        if again:
            _record(regrade, Action.MARKED_AGAIN, by, now, markings=again)
    return again


def _move(regrade: Regrade, before: set[RegradeState], after: RegradeState) -> bool:
    """False: it is in another state (another tab was quicker)."""
    stored = Regrade.objects.select_for_update().get(pk=regrade.pk)
    if stored.state not in before:
        return False
    regrade.state = stored.state = after
    stored.save(update_fields=["state"])
    return True


def _record(regrade: Regrade, action: Action, by: User, now: dt.datetime, **detail: int) -> None:
    record(
        by, action, str(regrade), now, course_id=regrade.assignment.course_id,
        url=regrade.get_absolute_url(), **detail,
    )  # fmt: skip


@receiver(claims.put_back)
def stop_what_was_running(marking: Marking, **_: Any) -> None:
    """A worker that had it failed or died after the regrade was paused or cancelled."""
    regrade = Regrade.objects.select_for_update(of=("self",)).filter(items__new=marking.pk).first()
    if regrade is None or regrade.state == RegradeState.RUNNING:
        return
    one = Marking.objects.filter(pk=marking.pk)
    if regrade.state == RegradeState.PAUSED:
        claims.hold(one)
    else:
        claims.cancel(one)
