"""What a submission is worth: the engine's verdicts, corrections by hand, the late policy.

:func:`settle` writes it down (:class:`Mark`, :class:`Standing`); whatever changes one of its
sources calls it, in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import F, FloatField, Value
from django.db.models.functions import Least

from webapp.accounts.models import User
from webapp.courses.dates import dates_of
from webapp.courses.models import Assignment, Extension
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
    """After a change of dates or of the late policy: every submission, or one student's. Only what
    follows from these is written anew, in a few dozen queries for a class.

    Call it in the transaction that makes the change.
    """
    marks = Mark.objects.filter(submission__assignment=assignment).order_by()
    own = {} if student is None else {"student": student}
    if student is not None:
        marks = marks.filter(submission__student=student)
    rows = list(
        marks.values_list(
            "pk", "submission__student", "submission__attempt", "submission__created_at",
            "corrected_score", "late_days", "late_points", "score",
        )
    )  # fmt: skip
    extended = dict(
        Extension.objects.filter(assignment=assignment, **own).values_list("student", "due_at")
    )
    common = dates_of(assignment)
    late: dict[int, list[int]] = defaultdict(list)
    attempts: dict[int, list[_Attempt]] = defaultdict(list)
    for pk, person, attempt, at, corrected, *stored in rows:
        days = replace(common, due_at=extended.get(person, common.due_at)).days_late(at)
        lost, score = _after_late(assignment, days, corrected)
        if [days, lost, score] != stored:
            late[days].append(pk)
        attempts[person].append(_Attempt(attempt, score, pk))
    for days, changed in late.items():
        _write_late(assignment, days, changed)
    _stand_all(assignment, attempts)


class _Attempt(NamedTuple):
    attempt: int
    score: float | None
    mark: int


def _after_late(
    assignment: Assignment, late_days: int, corrected: float | None
) -> tuple[float, float | None]:
    """Points lost for being late, and the score."""
    if corrected is None:
        return 0.0, None
    lost = min(corrected, late_days * assignment.late_points_per_day)
    return lost, corrected - lost


#: Rows named in one query; SQLite takes a limited number of values.
AT_ONCE = 500


def _write_late(assignment: Assignment, late_days: int, marks: list[int]) -> None:
    """As :func:`_after_late`, by the database."""
    most = Value(late_days * assignment.late_points_per_day, output_field=FloatField())
    lost = Least(F("corrected_score"), most)
    for start in range(0, len(marks), AT_ONCE):
        chunk = Mark.objects.filter(pk__in=marks[start : start + AT_ONCE])
        chunk.filter(corrected_score=None).update(late_days=late_days, late_points=0.0, score=None)
        chunk.exclude(corrected_score=None).update(
            late_days=late_days, late_points=lost, score=F("corrected_score") - lost
        )


def _stand_all(assignment: Assignment, attempts: dict[int, list[_Attempt]]) -> None:
    """As :func:`stand`, for all these students (by id) at once."""
    known = Standing.objects.filter(assignment=assignment)
    by_student = {standing.student_id: standing for standing in known}
    changed, new = [], []
    for person, own in attempts.items():
        scored = [each for each in own if each.score is not None]
        best = max(scored, key=lambda each: (each.score, each.attempt)).mark if scored else None
        values = {"attempts": len(own), "last_id": max(own).mark, "best_id": best}
        standing = by_student.get(person)
        if standing is None:
            new.append(Standing(student_id=person, assignment=assignment, **values))
        elif {name: getattr(standing, name) for name in values} != values:
            for name, value in values.items():
                setattr(standing, name, value)
            changed.append(standing)
    Standing.objects.bulk_create(new)
    Standing.objects.bulk_update(changed, ["attempts", "last", "best"], batch_size=100)


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
    lost, score = _after_late(assignment, late_days, corrected)
    return worth | {
        "engine_score": marking.score,
        "corrected_score": corrected,
        "late_points": lost,
        "score": score,
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
