"""One criterion of one submission by hand: set its points, annul its verdict, withdraw either.

The mark follows at once (``submissions.marks``); the audit log has what was there before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from grader.errors import RingmarkError
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.submissions.marks import CriterionMark, corrections_of, criterion_marks, settle
from webapp.submissions.models import Correction, CorrectionKind, Mark, Marking, Submission
from webapp.submissions.services import shown_marking


class Refused(RingmarkError):
    """What was asked for cannot be done; the message says why, for a person. ``field``: of the
    form, where it is about one.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Seen:
    """What the instructor had on the screen: the marking, and the correction in force (None: none).
    If it is another one by now, nothing is written.
    """

    marking_id: int
    correction_id: int | None


def set_points(
    submission: Submission, criterion: str, points: float, reason: str, by: User, now: dt.datetime,
    seen: Seen,
) -> Correction:  # fmt: skip
    """They hold whatever the engine says, now and after a regrade.

    Raises:
        Refused: more points than there are, or not what the instructor had seen.
    """
    with transaction.atomic():
        submission = _locked(submission)
        before, _ = _as_seen(submission, criterion, seen)
        if not 0 <= points <= before.max_points:
            most = f"{before.max_points:g}"
            raise Refused(gettext("A number from 0 to %s, please.") % most, "points")
        return _correct(
            Action.POINTS_SET,
            Correction(
                submission=submission, criterion=criterion, kind=CorrectionKind.POINTS,
                points=points, reason=reason, author=by, created_at=now,
            ),
        )  # fmt: skip


def annul(
    submission: Submission, criterion: str, reason: str, by: User, now: dt.datetime, seen: Seen
) -> Correction:
    """The platform's fault: the criterion costs nothing until another marking decides it.

    Raises:
        Refused: not what the instructor had seen.
    """
    with transaction.atomic():
        submission = _locked(submission)
        _, marking = _as_seen(submission, criterion, seen)
        return _correct(
            Action.VERDICT_ANNULLED,
            Correction(
                submission=submission, criterion=criterion, kind=CorrectionKind.ANNULLED,
                marking=marking, reason=reason, author=by, created_at=now,
            ),
        )  # fmt: skip


def withdraw(submission: Submission, correction_id: int, by: User, now: dt.datetime) -> bool:
    """What the engine says counts again. False: it was withdrawn already."""
    with transaction.atomic():
        submission = _locked(submission)
        made = submission.corrections.filter(pk=correction_id, withdrawn_at=None).first()
        if made is None:
            return False
        before = _state(submission, made.criterion)
        _end(made, now)
        settle(submission)
        _record(Action.CORRECTION_WITHDRAWN, made, by, now, before)
    return True


def _correct(action: Action, made: Correction) -> Correction:
    """Store it in place of the one in force, and what follows from it."""
    submission = made.submission
    before = _state(submission, made.criterion)
    for former in submission.corrections.filter(criterion=made.criterion, withdrawn_at=None):
        _end(former, made.created_at)
    made.save()
    settle(submission)
    _record(action, made, made.author, made.created_at, before)
    return made


def _record(
    action: Action, made: Correction, by: User, now: dt.datetime, before: dict[str, Any]
) -> None:
    """``because`` is of what was there before: the entry itself has the new reason."""
    submission, criterion = made.submission, made.criterion
    after = _state(submission, criterion)
    after.pop("because")
    record(
        by, action, f"{submission}: {criterion}", now,
        course_id=submission.assignment.course_id,
        url=f"{submission.get_absolute_url()}#{criterion.replace('.', '-')}",
        reason="" if action == Action.CORRECTION_WITHDRAWN else made.reason,
        old=before, new=after,
    )  # fmt: skip


def _state(submission: Submission, criterion: str) -> dict[str, Any]:
    """For the log: what counts of the criterion and why, and what the attempt is worth."""
    marking = shown_marking(submission)
    found = _criterion(marking, submission, criterion) if marking else None
    made = found.correction if found else None
    mark = Mark.objects.filter(submission=submission).first()
    return {
        "points": found.points if found else None,
        "decided_by": f"{made.author}: {made.kind}" if made else "the checks",
        "because": made.reason if made else "",
        "mark": mark.score if mark else None,
    }


def _as_seen(submission: Submission, criterion: str, seen: Seen) -> tuple[CriterionMark, Marking]:
    """The criterion as it counts now, if that is what the instructor looked at."""
    if submission.is_try:
        raise Refused(gettext("A try does not count: there are no points to correct."))
    marking = shown_marking(submission)
    if marking is None or not marking.is_final:
        raise Refused(gettext("It is being marked at the moment. Wait until that has ended."))
    if marking.pk != seen.marking_id:
        raise Refused(
            gettext("It was marked again meanwhile. Look at what is shown now, then send again.")
        )
    found = _criterion(marking, submission, criterion)
    if found is None:
        raise Refused(gettext("This marking has no such criterion."))
    if (found.correction.pk if found.correction else None) != seen.correction_id:
        raise Refused(
            gettext(
                "Somebody else corrected this meanwhile. Look at what is shown now, then send "
                "again if yours is still right."
            )
        )
    return found, marking


def _locked(submission: Submission) -> Submission:
    """One correction of a submission at a time, and everything about it as it is stored now."""
    return Submission.objects.select_for_update().get(pk=submission.pk)


def _criterion(marking: Marking, submission: Submission, criterion: str) -> CriterionMark | None:
    found = criterion_marks(marking, corrections_of(submission))
    return next((each for each in found if each.criterion == criterion), None)


def _end(made: Correction, now: dt.datetime) -> None:
    made.withdrawn_at = now
    made.save(update_fields=["withdrawn_at"])
