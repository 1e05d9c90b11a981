"""What a submission is worth: the engine's verdicts, corrections by hand, the late policy.

:func:`settle` writes it down (:class:`Mark`, :class:`Standing`); whatever changes one of its
sources calls it, in the same transaction. ``settling.py`` does the same for many.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from grader.errors import RingmarkError
from webapp.accounts.models import User
from webapp.courses.dates import dates_of
from webapp.courses.models import Assignment
from webapp.submissions.models import (
    Correction,
    CorrectionKind,
    CriterionProgress,
    Mark,
    Marking,
    Standing,
    State,
    Submission,
)

#: Verdicts that decide nothing: no try came to it, or the platform failed there.
UNDECIDED = frozenset({"", "error"})
#: Columns of a Mark and their values.
Worth = dict[str, float | int | None]


class Outcome(Protocol):
    """What a marking came to."""

    state: str
    score: float | None
    max_score: float | None


@dataclass(frozen=True)
class CriterionMark:
    """One criterion of a marking: what the engine said, and what counts."""

    criterion: str
    verdict: str
    engine_points: float
    points: float
    max_points: float
    correction: Correction | None = None

    @property
    def is_open(self) -> bool:
        """Neither the engine nor a person decided it."""
        return self.verdict in UNDECIDED and self.correction is None


def criterion_marks(marking: Marking, corrections: Iterable[Correction]) -> list[CriterionMark]:
    """In the rubric's order. ``corrections``: those of the submission that are in force."""
    return corrected(marking, list(marking.progress.all()), corrections)


def corrected(
    marking: Marking, rows: Sequence[CriterionProgress], corrections: Iterable[Correction]
) -> list[CriterionMark]:
    """As :func:`criterion_marks`, of rows that were read already."""
    by_criterion = {each.criterion: each for each in corrections}
    marks = []
    for row in _every_row(marking, rows):
        correction = by_criterion.get(row.criterion)
        holds = correction is not None and _holds(correction, marking, row)
        marks.append(_corrected(row, correction if holds else None))
    return marks


def corrections_of(submission: Submission) -> list[Correction]:
    """Those in force."""
    return list(submission.corrections.filter(withdrawn_at=None).select_related("author"))


def settle_marking(marking_id: int) -> None:
    """Settle the submission whose marking this is, if it is the shown one."""
    submission = Submission.objects.filter(markings__pk=marking_id, markings__is_shown=True).first()
    if submission is not None:
        settle(submission)


def settle(submission: Submission) -> Mark | None:
    """Write down what the submission is worth now, and where its student stands. None: it has no
    marking at all, or is a try, which has no mark and changes nothing.
    """
    if submission.is_try:
        return None
    marking = submission.markings.filter(is_shown=True).first()
    if marking is None:
        return None
    values = _worth(submission, marking)
    mark, _ = Mark.objects.update_or_create(
        submission=submission, defaults={"marking": marking, **values}
    )
    stand(submission.student, submission.assignment)
    return mark


def stand(student: User, assignment: Assignment) -> Standing:
    """Write down where the student stands in the TP. Of equal attempts the later is the best."""
    marks = Mark.objects.filter(submission__student=student, submission__assignment=assignment)
    scored = marks.filter(score__isnull=False)
    standing, _ = Standing.objects.update_or_create(
        student=student,
        assignment=assignment,
        defaults={
            "attempts": marks.count(),
            "last": marks.order_by("-submission__attempt").first(),
            "best": scored.order_by("-score", "-submission__attempt").first(),
        },
    )
    return standing


def _worth(submission: Submission, marking: Marking) -> Worth:
    # As they are stored: the caller may have read them before a colleague changed the dates.
    assignment = Assignment.objects.get(pk=submission.assignment_id)
    dates = dates_of(assignment, submission.student)
    rows = criterion_marks(marking, corrections_of(submission))
    created: dt.datetime = submission.created_at
    return worth(marking, rows, dates.days_late(created), dates.late_points_per_day)


def worth(
    marking: Outcome, rows: Sequence[CriterionMark], late_days: int, points_per_day: float
) -> Worth:
    """The columns of a :class:`Mark`. Pure: what is passed in is all that counts."""
    values: Worth = {
        "late_days": late_days,
        "late_points": 0.0,
        "engine_score": None,
        "corrected_score": None,
        "score": None,
        "max_score": marking.max_score,
    }
    # A withheld mark is none, unless every criterion that could not be tried was decided by hand.
    # Without such a criterion a worker was lost at the very end: there is no report.
    undecided = [row for row in rows if row.verdict in UNDECIDED]
    withheld = marking.state != State.GRADED and (
        not undecided or any(row.is_open for row in undecided)
    )
    if marking.state not in {State.GRADED, State.ERROR} or withheld or not rows:
        return values
    points = sum(row.points for row in rows)
    lost = min(points, late_days * points_per_day)
    return values | {
        "engine_score": marking.score,
        "corrected_score": points,
        "late_points": lost,
        "score": points - lost,
        "max_score": sum(row.max_points for row in rows),
    }


def _every_row(marking: Marking, rows: Sequence[CriterionProgress]) -> Sequence[CriterionProgress]:
    """What the engine said of every criterion. Of a withheld marking without a report only the
    steps of its last try are stored: the rubric names the criteria that it did not come to.
    """
    if marking.state != State.ERROR or (rows and all(row.verdict for row in rows)):
        return rows
    try:
        criteria = marking.rubric.parsed.criteria
    except RingmarkError:
        return rows
    decided = {row.criterion: row for row in rows if row.verdict}
    return [
        decided.get(each.id)
        or CriterionProgress(
            marking=marking, position=n, criterion=each.id, verdict="error", max_points=each.points
        )
        for n, each in enumerate(criteria)
    ]


def _holds(correction: Correction, marking: Marking, row: CriterionProgress) -> bool:
    """Points by hand hold for every marking, an annulment for the one that it is about: also when
    that one was started over since, unless the new try decided the criterion.
    """
    if correction.kind != CorrectionKind.ANNULLED:
        return True
    decided_since = marking.queued_at > correction.created_at and row.verdict not in UNDECIDED
    return correction.marking_id == marking.pk and not decided_since


def _corrected(row: CriterionProgress, correction: Correction | None) -> CriterionMark:
    points = row.points
    if correction is not None:
        by_hand = correction.kind == CorrectionKind.POINTS and correction.points is not None
        points = min(correction.points or 0.0, row.max_points) if by_hand else row.max_points
    return CriterionMark(
        criterion=row.criterion,
        verdict=row.verdict,
        engine_points=row.points,
        points=points,
        max_points=row.max_points,
        correction=correction,
    )
