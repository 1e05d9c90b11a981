"""Making the new markings of a regrade count, and taking that back.

In batches, each a transaction with its own audit entry: a whole class is one or two, and the other
writers (workers, students who hand in) never wait long. What is applied says so itself, so
whoever presses the button again after a crash goes on where it stopped.

An item whose submission shows something else than when it was asked for (another regrade was
applied meanwhile) is left alone unless that is wished for explicitly: the newer result may be of
a newer rubric, and nobody should take it away by applying an old batch as a whole. One whose
shown marking is being marked is always left: its mark is not known yet.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction

from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.regrading.comparing import Comparison, Show, compare
from webapp.regrading.models import Regrade, RegradeItem
from webapp.submissions.models import Mark, Marking, State
from webapp.submissions.settling import settle_many, slices

BATCH = 500
#: Most items of one request: it has to answer before the server gives it up.
AT_MOST = 2000


class Scope(StrEnum):
    """What a button applies."""

    TICKED = "ticked"
    FINISHED = "finished"
    CHANGED = "changed"
    GAIN = "gain"


class Left(StrEnum):
    """Why an item was left as it is."""

    MOVED = "moved"
    BUSY = "busy"
    REPLACED = "replaced"


@dataclass
class Result:
    """``left``: how many were left as they are, and why. ``more``: how many there was no time
    for.
    """

    done: int = 0
    more: int = 0
    left: Counter[Left] = field(default_factory=Counter)


def candidates(comparison: Comparison, scope: Scope, ticked: Collection[int] = ()) -> list[int]:
    """Items that are finished and not applied."""
    chosen = {
        Scope.TICKED: lambda each: each.scores.item in ticked,
        Scope.FINISHED: lambda each: True,
        Scope.CHANGED: lambda each: each.is_in(Show.CHANGED),
        Scope.GAIN: lambda each: each.is_in(Show.GAINED),
    }[scope]
    return [
        each.scores.item
        for each in comparison.changes
        if each.scores.applied_at is None and chosen(each)
    ]


def apply(
    regrade: Regrade,
    scope: Scope,
    by: User,
    now: dt.datetime,
    ticked: Collection[int] = (),
    replace: bool = False,
) -> Result:
    """``replace``: also where something else was applied meanwhile."""
    result = Result()
    items = candidates(compare(regrade), scope, ticked)
    result.more = max(0, len(items) - AT_MOST)
    for part in slices(sorted(items[:AT_MOST]), BATCH):
        with transaction.atomic():
            _apply_part(regrade, part, by, now, replace, result)
    return result


def undo(
    regrade: Regrade, by: User, now: dt.datetime, ticked: Collection[int] | None = None
) -> Result:
    """Show what was shown before, for all that are applied or those that are ticked."""
    result = Result()
    applied = regrade.items.exclude(applied_at=None).values_list("pk", flat=True)
    items = sorted(applied if ticked is None else set(applied) & set(ticked))
    result.more = max(0, len(items) - AT_MOST)
    for part in slices(items[:AT_MOST], BATCH):
        with transaction.atomic():
            _undo_part(regrade, part, by, now, result)
    return result


def _apply_part(
    regrade: Regrade,
    part: Sequence[int],
    by: User,
    now: dt.datetime,
    replace: bool,
    result: Result,
) -> None:
    # Read again inside the transaction: another tab may have been quicker.
    waiting = RegradeItem.objects.filter(pk__in=part, applied_at=None, new__state=State.GRADED)
    items = list(waiting.select_for_update(of=("self",)))
    shown = _shown(items)
    taken = []
    for item in items:
        current = shown[item.submission_id]
        if not current.is_final:
            result.left[Left.BUSY] += 1
        elif current.pk != item.old_id and not replace:
            result.left[Left.MOVED] += 1
        else:
            if current.pk != item.old_id:
                item.old = current
                item.save(update_fields=["old"])
            taken.append(item)
    RegradeItem.objects.filter(pk__in=[item.pk for item in taken]).update(
        applied_at=now, applied_by=by
    )
    _show(regrade, taken, {item.old_id for item in taken}, {item.new_id for item in taken},
          Action.REGRADE_APPLIED, by, now)  # fmt: skip
    result.done += len(taken)


def _undo_part(
    regrade: Regrade, part: Sequence[int], by: User, now: dt.datetime, result: Result
) -> None:
    applied = RegradeItem.objects.filter(pk__in=part).exclude(applied_at=None)
    items = list(applied.select_for_update(of=("self",)))
    shown = _shown(items)
    taken = [item for item in items if shown[item.submission_id].pk == item.new_id]
    result.left[Left.REPLACED] += len(items) - len(taken)
    RegradeItem.objects.filter(pk__in=[item.pk for item in taken]).update(
        applied_at=None, applied_by=None
    )
    _show(regrade, taken, {item.new_id for item in taken}, {item.old_id for item in taken},
          Action.REGRADE_UNDONE, by, now)  # fmt: skip
    result.done += len(taken)


def _shown(items: Collection[RegradeItem]) -> dict[int, Marking]:
    """By submission; locked, so that nobody has one of them started over meanwhile."""
    submissions = [item.submission_id for item in items]
    found = Marking.objects.filter(submission__in=submissions, is_shown=True)
    return {each.submission_id: each for each in found.select_for_update()}


def _show(
    regrade: Regrade,
    items: Collection[RegradeItem],
    hidden: Collection[int],
    shown: Collection[int],
    action: Action,
    by: User,
    now: dt.datetime,
) -> None:
    """Swap what counts, settle, and write down who had what before and has what now."""
    if not items:
        return
    submissions = [item.submission_id for item in items]
    before = _scores(submissions)
    # In this order: only one may be shown at a time.
    Marking.objects.filter(pk__in=hidden).update(is_shown=False, was_shown=True)
    Marking.objects.filter(pk__in=shown).update(is_shown=True)
    settle_many(regrade.assignment, submissions)
    after = _scores(submissions)
    record(
        by, action, str(regrade), now, course_id=regrade.assignment.course_id,
        url=regrade.get_absolute_url(), reason=regrade.note, rubric=regrade.rubric.number,
        columns=["submission", "student", "attempt", "before", "after"],
        marks=[
            [submission, student, attempt, before[submission][2], score]
            for submission, (student, attempt, score) in sorted(after.items())
        ],
    )  # fmt: skip


def _scores(submissions: Collection[int]) -> dict[int, tuple[str, int, float | None]]:
    marks = Mark.objects.filter(submission__in=submissions).values_list(
        "submission", "submission__student__username", "submission__attempt", "score"
    )
    return {submission: (name, attempt, score) for submission, name, attempt, score in marks}
