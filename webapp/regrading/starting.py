"""Storing a regrade and queueing its markings."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from grader.errors import RingmarkError
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.courses.models import Assignment
from webapp.regrading import choosing
from webapp.regrading.choosing import Choice
from webapp.regrading.models import Regrade, RegradeItem
from webapp.rubrics.models import RubricVersion
from webapp.submissions.models import Marking, Priority

#: The same regrade asked for again within this time is a double click.
SAME_WITHIN = dt.timedelta(seconds=60)
BATCH = 2000


class NothingChosen(RingmarkError):
    """There is no submission to mark again."""


def start(
    choice: Choice,
    rubric: RubricVersion,
    note: str,
    by: User,
    now: dt.datetime,
    *,
    afresh: bool = False,
) -> Regrade:
    """Queue a marking of every submission chosen, behind everything else that waits. Their students
    see nothing of it. The workers' sweep sends the messages, a few at a time. ``afresh``: also what
    the same engine has marked by the same rubric already.

    Raises:
        NothingChosen: nothing is stored.
    """
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=choice.assignment.pk)
        wanted = Regrade(
            assignment=choice.assignment, rubric=rubric, which=choice.which, group=choice.group,
            afresh=afresh, note=note, author=by, created_at=now,
        )  # fmt: skip
        taken = list(choosing.submissions(choice).values_list("pk", "mark__marking"))
        if not taken:
            raise NothingChosen("no submission is chosen")
        again = _same(wanted, {submission for submission, _ in taken})
        if again is not None:
            return again
        wanted.save()
        for first in range(0, len(taken), BATCH):
            _queue(wanted, taken[first : first + BATCH], now)
        record(
            by, Action.REGRADE_STARTED, str(wanted), now,
            course_id=choice.assignment.course_id, url=wanted.get_absolute_url(), reason=note,
            rubric=rubric.number, which=choice.which, group=choice.group, submissions=len(taken),
            afresh=afresh,
        )  # fmt: skip
    return wanted


def _queue(regrade: Regrade, taken: list[tuple[int, int]], now: dt.datetime) -> None:
    markings = Marking.objects.bulk_create(
        Marking(
            submission_id=submission,
            rubric_id=regrade.rubric_id,
            priority=Priority.REGRADE,
            afresh=regrade.afresh,
            queued_at=now,
        )
        for submission, _ in taken
    )
    RegradeItem.objects.bulk_create(
        RegradeItem(regrade=regrade, submission_id=submission, old_id=shown, new=marking)
        for (submission, shown), marking in zip(taken, markings, strict=True)
    )


def _same(wanted: Regrade, submissions: set[int]) -> Regrade | None:
    last = Regrade.objects.filter(
        assignment=wanted.assignment, rubric=wanted.rubric, which=wanted.which, group=wanted.group,
        afresh=wanted.afresh, note=wanted.note, author=wanted.author,
        created_at__gt=wanted.created_at - SAME_WITHIN,
    ).first()  # fmt: skip
    if last and set(last.items.values_list("submission", flat=True)) == submissions:
        return last
    return None
