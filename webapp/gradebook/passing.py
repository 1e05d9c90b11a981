"""How many of a class passed each criterion, by the marking that counts and after corrections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet, Sum

from webapp.courses.models import Assignment, Enrolment
from webapp.gradebook.book import Book
from webapp.rubrics.texts import summaries
from webapp.rubrics.versions import current_rubric
from webapp.submissions.marks import CriterionMark, corrected
from webapp.submissions.models import Correction, CriterionProgress, Marking, Standing, State


@dataclass
class Passed:
    """``undecided``: the platform could not try it; they are in no share. ``lost``: points."""

    criterion: str
    title: str
    position: int
    passed: int = 0
    failed: int = 0
    not_run: int = 0
    undecided: int = 0
    by_hand: int = 0
    lost: float = 0.0

    @property
    def decided(self) -> int:
        return self.passed + self.failed + self.not_run

    @property
    def share(self) -> float | None:
        return self.passed / self.decided if self.decided else None

    @property
    def percent(self) -> int | None:
        return None if self.share is None else round(100 * self.share)

    def count(self, verdict: str, students: int) -> None:
        column = _COLUMN.get(verdict, "undecided")
        setattr(self, column, getattr(self, column) + students)


#: A verdict -> where it is counted.
_COLUMN = {"pass": "passed", "fail": "failed", "not-run": "not_run"}


def passing(
    book: Book, assignment: Assignment, enrolled: QuerySet[Enrolment], language: str
) -> tuple[Passed, ...]:
    """In the rubric's order; criteria of former versions that still count are among them.

    The database counts what workers marked; what was corrected by hand is few and moved here.
    """
    which = book.which(assignment)
    counted = Standing.objects.filter(
        assignment=assignment,
        student__in=enrolled.values("user"),
        **{f"{which}__score__isnull": False},
    )
    titles = {each.id: each.title for each in summaries(current_rubric(assignment), language)}
    found: dict[str, Passed] = {}

    def of(criterion: str, position: int) -> Passed:
        title = titles.get(criterion, criterion)
        return found.setdefault(criterion, Passed(criterion, title, position))

    for row in _by_workers(counted, which):
        passed = of(row["criterion"], row["position"])
        passed.position = min(passed.position, row["position"])
        passed.count(row["verdict"], row["students"])
        passed.lost += row["lost"]
    for marking, marks in _by_hand(assignment, counted, which):
        for position, mark in enumerate(marks):
            passed = of(mark.criterion, position)
            if mark.correction is None and marking.state == State.GRADED:
                continue
            if marking.state == State.GRADED:
                passed.count(mark.verdict, -1)
                passed.lost -= mark.max_points - mark.engine_points
            passed.count(_verdict(mark), 1)
            passed.lost += mark.max_points - mark.points
            passed.by_hand += mark.correction is not None
    return tuple(sorted(found.values(), key=lambda each: (each.position, each.criterion)))


def _verdict(mark: CriterionMark) -> str:
    """What a criterion with its points by hand comes to."""
    if mark.correction is None:
        return mark.verdict
    return "pass" if mark.points >= mark.max_points else "fail"


def _by_workers(counted: QuerySet[Standing], which: str) -> QuerySet[CriterionProgress]:
    marked = counted.filter(**{f"{which}__marking__state": State.GRADED})
    rows = CriterionProgress.objects.filter(marking__in=marked.values(f"{which}__marking"))
    return (
        rows.order_by()
        .values("criterion", "verdict")
        .annotate(
            position=Min("position"),
            students=Count("pk"),
            lost=Sum("max_points") - Sum("points"),
        )
    )


def _by_hand(
    assignment: Assignment, counted: QuerySet[Standing], which: str
) -> Iterator[tuple[Marking, list[CriterionMark]]]:
    """Markings that count and have a correction. Three queries."""
    in_force = Correction.objects.filter(withdrawn_at=None, submission__assignment=assignment)
    corrections: dict[int | None, list[Correction]] = {}
    for each in in_force:
        corrections.setdefault(each.submission_id, []).append(each)
    about = counted.filter(Q(**{f"{which}__submission__in": in_force.values("submission")}))
    chosen = about.values(f"{which}__marking")
    rows: dict[int, list[CriterionProgress]] = {}
    for row in CriterionProgress.objects.filter(marking__in=chosen):
        rows.setdefault(row.marking_id, []).append(row)
    for marking in Marking.objects.filter(pk__in=chosen).select_related("rubric"):
        own = rows.get(marking.pk, [])
        yield marking, corrected(marking, own, corrections[marking.submission_id])
