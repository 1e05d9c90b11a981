"""How many of a class passed each criterion, by the marking that counts and after corrections."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from django.db.models import Count, Min, Q, QuerySet, Sum

from webapp.courses.models import Assignment, Enrolment
from webapp.gradebook.book import Book
from webapp.rubrics.texts import summaries
from webapp.rubrics.versions import current_rubric
from webapp.submissions.marks import CriterionMark, criterion_marks
from webapp.submissions.models import (
    Correction,
    CriterionProgress,
    Marking,
    Standing,
)


@dataclass(frozen=True)
class Passed:
    """``undecided``: the platform could not try it; they are in no share. ``lost``: points."""

    criterion: str
    title: str
    passed: int
    failed: int
    not_run: int
    undecided: int
    by_hand: int
    lost: float

    @property
    def decided(self) -> int:
        return self.passed + self.failed + self.not_run

    @property
    def share(self) -> float | None:
        return self.passed / self.decided if self.decided else None

    @property
    def percent(self) -> int | None:
        return None if self.share is None else round(100 * self.share)


#: A verdict -> where it is counted.
_COLUMN = {"pass": "passed", "fail": "failed", "not-run": "not_run", "error": "undecided"}


def passing(
    book: Book, assignment: Assignment, enrolled: QuerySet[Enrolment], language: str
) -> tuple[Passed, ...]:
    """In the rubric's order; criteria of former versions that still count are among them."""
    which = book.which(assignment)
    counted = Standing.objects.filter(
        assignment=assignment,
        student__in=enrolled.values("user"),
        **{f"{which}__score__isnull": False},
    )
    rows = CriterionProgress.objects.filter(
        marking__in=counted.values(f"{which}__marking")
    ).order_by()
    titles = {each.id: each.title for each in summaries(current_rubric(assignment), language)}
    changes = _changes(assignment, counted, which)
    return tuple(
        _with(changes.get(row["criterion"], []), _counted(row, titles))
        for row in rows.values("criterion")
        .annotate(
            first=Min("position"),
            lost=Sum("max_points") - Sum("points"),
            **{
                column: Count("pk", filter=Q(verdict=verdict))
                for verdict, column in _COLUMN.items()
            },
        )
        .order_by("first", "criterion")
    )


def _counted(row: dict[str, object], titles: dict[str, str]) -> Passed:
    criterion = str(row["criterion"])
    counts = {column: row[column] for column in (*_COLUMN.values(), "lost")}
    return Passed(criterion=criterion, title=titles.get(criterion, criterion), by_hand=0, **counts)


def _changes(
    assignment: Assignment, counted: QuerySet[Standing], which: str
) -> dict[str, list[CriterionMark]]:
    """Criterion -> those that were corrected by hand. Three queries."""
    corrections: dict[int, list[Correction]] = {}
    in_force = Correction.objects.filter(withdrawn_at=None, submission__assignment=assignment)
    for each in in_force:
        corrections.setdefault(each.submission_id, []).append(each)
    about = counted.filter(**{f"{which}__submission__in": in_force.values("submission")})
    markings = Marking.objects.filter(pk__in=about.values(f"{which}__marking"))
    changes: dict[str, list[CriterionMark]] = {}
    for marking in markings.prefetch_related("progress"):
        assert marking.submission_id is not None
        for mark in criterion_marks(marking, corrections[marking.submission_id]):
            if mark.correction is not None:
                changes.setdefault(mark.criterion, []).append(mark)
    return changes


def _with(changes: list[CriterionMark], by_engine: Passed) -> Passed:
    moves: Counter[str] = Counter()
    lost = by_engine.lost
    for mark in changes:
        moves[_COLUMN[mark.verdict]] -= 1
        moves["passed" if mark.points >= mark.max_points else "failed"] += 1
        lost -= mark.points - mark.engine_points
    columns = {column: getattr(by_engine, column) + moves[column] for column in _COLUMN.values()}
    return replace(by_engine, by_hand=len(changes), lost=lost, **columns)
