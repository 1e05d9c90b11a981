"""What a submission is worth: the engine's verdicts, corrections by hand, the late policy.

:func:`settle` writes it down (:class:`Mark`, :class:`Standing`); whatever changes one of its
sources calls it, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class CriterionMark:
    """One criterion of a marking: what the engine said, and what counts."""

    criterion: str
    verdict: str
    engine_points: float
    points: float
    max_points: float
    correction: Correction | None = None


def criterion_marks(marking: Marking, corrections: Iterable[Correction]) -> list[CriterionMark]:
    """In the rubric's order. ``corrections``: those of the submission that are in force."""
    by_criterion = {each.criterion: each for each in corrections if _holds(each, marking)}
    return [_corrected(row, by_criterion.get(row.criterion)) for row in marking.progress.all()]


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
    marking at all.
    """
    marking = submission.markings.filter(is_shown=True).first()
    if marking is None:
        return None
    values = _worth(submission, marking)
    mark, _ = Mark.objects.update_or_create(
        submission=submission, defaults={"marking": marking, **values}
    )
    stand(submission.student, submission.assignment)
    return mark


def settle_all(assignment: Assignment, student: User | None = None) -> None:
    """After a change of dates or of the late policy: every submission, or one student's."""
    submissions = Submission.objects.filter(assignment=assignment)
    for submission in submissions if student is None else submissions.filter(student=student):
        settle(submission)


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


def _worth(submission: Submission, marking: Marking) -> dict[str, float | int | None]:
    assignment = submission.assignment
    late_days = dates_of(assignment, submission.student).days_late(submission.created_at)
    worth: dict[str, float | int | None] = {
        "late_days": late_days,
        "late_points": 0.0,
        "engine_score": None,
        "corrected_score": None,
        "score": None,
        "max_score": marking.max_score,
    }
    corrections = corrections_of(submission)
    rows = criterion_marks(marking, corrections)
    # A withheld mark is none, unless every criterion that could not be tried was decided by hand.
    withheld = marking.state != State.GRADED and any(
        row.verdict == "error" and row.correction is None for row in rows
    )
    if marking.state not in {State.GRADED, State.ERROR} or withheld or not rows:
        return worth
    corrected = sum(row.points for row in rows)
    lost = min(corrected, late_days * assignment.late_points_per_day)
    return worth | {
        "engine_score": marking.score,
        "corrected_score": corrected,
        "late_points": lost,
        "score": corrected - lost,
        "max_score": sum(row.max_points for row in rows),
    }


def _holds(correction: Correction, marking: Marking) -> bool:
    """Points by hand hold for every marking, an annulment for the one that it is about."""
    if correction.kind == CorrectionKind.ANNULLED:
        return correction.marking_id == marking.pk
    return True


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
