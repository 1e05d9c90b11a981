"""Putting together what the pages of regrades show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from webapp.accounts.models import User
from webapp.courses.models import Assignment, Enrolment
from webapp.regrading import averages, comparing, progress
from webapp.regrading.averages import Means
from webapp.regrading.comparing import (
    Change,
    Comparison,
    CriterionChange,
    CriterionLine,
    Show,
)
from webapp.regrading.models import Regrade, RegradeItem, RegradeState
from webapp.regrading.progress import Progress
from webapp.submissions.models import State, Submission

PER_PAGE = 50
FAILED_SHOWN = 50


@dataclass(frozen=True)
class Line:
    """A regrade in the list."""

    regrade: Regrade
    progress: Progress
    means: Means | None


def lines(regrades: Sequence[Regrade], assignment: Assignment) -> list[Line]:
    counts = progress.progress_of(regrades)
    means = averages.means_of(regrades, assignment)
    for each in regrades:
        each.assignment = assignment
    return [Line(each, counts[each.pk], means[each.pk]) for each in regrades]


@dataclass(frozen=True)
class LivePart:
    """``unseen``: how many results came since the page was opened."""

    progress: Progress
    state: str
    seconds_left: float | None
    shown: int

    @property
    def unseen(self) -> int:
        return self.progress.done - self.shown

    @property
    def follows(self) -> bool:
        """Whether the page should keep asking."""
        return (self.state == RegradeState.RUNNING and not self.progress.is_over) or bool(
            self.progress.running
        )

    @property
    def stamp(self) -> str:
        return f"{self.progress.stamp}-{self.state}"


def live_part(regrade: Regrade, shown: int | None = None) -> LivePart:
    """``shown``: how many results the page has; None: all there are."""
    found = progress.progress_of([regrade])[regrade.pk]
    return LivePart(
        progress=found,
        state=regrade.state,
        seconds_left=progress.seconds_left(regrade, found),
        shown=found.done if shown is None else shown,
    )


@dataclass(frozen=True)
class ShownCriterion:
    title: str
    change: CriterionChange


@dataclass(frozen=True)
class Row:
    """A submission in the list of changes."""

    change: Change
    submission: Submission
    group: str
    criteria: tuple[ShownCriterion, ...]


@dataclass(frozen=True)
class TitledLine:
    title: str
    line: CriterionLine


@dataclass(frozen=True)
class Tab:
    show: Show
    number: int


@dataclass(frozen=True)
class RegradePage:
    """``moved``: not applied, and something else is shown than when the regrade was started."""

    live: LivePart
    comparison: Comparison
    show: Show
    tabs: tuple[Tab, ...]
    page: Page[Change]
    rows: tuple[Row, ...]
    criteria: tuple[TitledLine, ...]
    failed: tuple[RegradeItem, ...]
    moved: int
    can_apply: int
    can_apply_changed: int
    can_apply_gain: int

    @property
    def means(self) -> Means | None:
        return self.comparison.means


def regrade_page(regrade: Regrade, show: Show, number: str, language: str) -> RegradePage:
    comparison = comparing.compare(regrade)
    page = Paginator(comparison.shown(show), PER_PAGE).get_page(number)
    names = comparing.titles(regrade, language)
    open_ones = [each for each in comparison.changes if each.scores.applied_at is None]
    return RegradePage(
        live=live_part(regrade),
        comparison=comparison,
        show=show,
        tabs=tuple(Tab(each, comparison.number(each)) for each in Show),
        page=page,
        rows=_rows(regrade, list(page), names),
        criteria=tuple(
            TitledLine(names.get(each.criterion, each.criterion), each)
            for each in comparison.criteria
        ),
        failed=tuple(_failed(regrade)[:FAILED_SHOWN]),
        moved=sum(each.scores.moved for each in open_ones),
        can_apply=len(open_ones),
        can_apply_changed=sum(each.is_in(Show.CHANGED) for each in open_ones),
        can_apply_gain=sum(each.is_in(Show.GAINED) for each in open_ones),
    )


def _rows(regrade: Regrade, changes: list[Change], names: dict[str, str]) -> tuple[Row, ...]:
    submissions = Submission.objects.select_related("student").in_bulk(
        [each.scores.submission for each in changes]
    )
    students: set[User] = {each.student for each in submissions.values()}
    groups = dict(
        Enrolment.objects.filter(
            course=regrade.assignment.course_id, user__in=students
        ).values_list("user", "group")
    )
    return tuple(
        Row(
            change=each,
            submission=submissions[each.scores.submission],
            group=groups.get(each.scores.student, ""),
            criteria=tuple(
                ShownCriterion(names.get(change.criterion, change.criterion), change)
                for change in each.criteria
            ),
        )
        for each in changes
    )


def _failed(regrade: Regrade) -> QuerySet[RegradeItem]:
    return regrade.items.filter(new__state=State.ERROR).select_related("submission__student", "new")
