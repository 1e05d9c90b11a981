"""What applying a regrade would change: per student, per criterion, on the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from grader.errors import RingmarkError
from grader.rubric import Rubric
from webapp.regrading import scoring
from webapp.regrading.averages import Means, means
from webapp.regrading.models import Regrade, RegradeItem
from webapp.regrading.scoring import Scored
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.texts import summaries
from webapp.submissions.models import CriterionProgress, State


class Show(StrEnum):
    """Which of the finished ones."""

    CHANGED = "changed"
    LOST = "lost"
    GAINED = "gained"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class CriterionChange:
    """One criterion of one submission. An empty verdict: that rubric does not have it, or the mark
    was withheld before it was tried. ``by_hand``: an instructor set its points, which hold.
    """

    criterion: str
    was: str
    was_points: float
    now: str
    now_points: float
    by_hand: bool = False


@dataclass(frozen=True)
class Change:
    """One finished submission."""

    scores: Scored
    criteria: tuple[CriterionChange, ...]

    @property
    def difference(self) -> float:
        return self.scores.difference

    def is_in(self, show: Show) -> bool:
        match show:
            case Show.LOST:
                return self.difference < 0
            case Show.GAINED:
                return self.difference > 0
            case Show.UNCHANGED:
                return not (self.difference or self.criteria)
            case Show.CHANGED:
                return bool(self.difference or self.criteria)


@dataclass(frozen=True)
class CriterionLine:
    """How many students a criterion's verdict or points change for, by what the engine says."""

    criterion: str
    gain: int
    lose: int
    other: int
    by_hand: int

    @property
    def students(self) -> int:
        return self.gain + self.lose + self.other


@dataclass(frozen=True)
class Comparison:
    """All finished submissions, the greatest change first."""

    changes: tuple[Change, ...]
    criteria: tuple[CriterionLine, ...]
    means: Means | None

    def shown(self, show: Show) -> list[Change]:
        return [each for each in self.changes if each.is_in(show)]

    def number(self, show: Show) -> int:
        return len(self.shown(show))


def compare(regrade: Regrade) -> Comparison:
    """Half a dozen queries, whatever the size of the class."""
    rows = scoring.scored(regrade, done=True)
    criteria = _criteria(regrade)
    held = scoring.held_by_hand(regrade.items.order_by().values("submission") if criteria else ())
    changes = []
    for row in rows:
        own = held.get(row.submission, set())
        found = (_marked(each, own) for each in criteria.get(row.item, ()))
        changes.append(Change(row, tuple(found)))
    changes.sort(key=lambda each: (-abs(each.difference), not each.criteria, each.scores.item))
    return Comparison(tuple(changes), _lines(changes), means(rows))


def _marked(change: CriterionChange, by_hand: set[str]) -> CriterionChange:
    if change.criterion not in by_hand:
        return change
    return CriterionChange(**{**change.__dict__, "by_hand": True})


def _criteria(regrade: Regrade) -> dict[int, list[CriterionChange]]:
    """Criteria whose verdict or points differ, by item. The database compares: of a class of
    thousand only what differs is read.
    """
    found: dict[int, list[CriterionChange]] = defaultdict(list)
    for item, criterion, verdict, points, was, was_points in _differing(regrade):
        found[item].append(CriterionChange(criterion, was or "", was_points or 0, verdict, points))
    for item, criterion, verdict, points in _removed(regrade):
        found[item].append(CriterionChange(criterion, verdict, points, "", 0))
    return found


def _finished(regrade: Regrade, progress: str) -> QuerySet[RegradeItem]:
    """Items once for every criterion at the end of ``progress``. ``base``: the marking that the
    new one is compared with.
    """
    shown = F("submission__mark__marking")
    return (
        RegradeItem.objects.filter(regrade=regrade, new__state=State.GRADED)
        .order_by()
        .annotate(
            base=Case(When(applied_at=None, then=shown), default=F("old")),
            criterion=F(f"{progress}__criterion"),
            verdict=F(f"{progress}__verdict"),
            points=F(f"{progress}__points"),
            position=F(f"{progress}__position"),
        )
        .exclude(criterion=None)
    )


def _differing(regrade: Regrade) -> Iterable[tuple[int, str, str, float, str | None, float | None]]:
    """Criteria of the new markings that the other one does not have just so, in their order."""
    before = CriterionProgress.objects.filter(
        marking=OuterRef("base"), criterion=OuterRef("criterion")
    ).order_by()
    same = before.filter(verdict=OuterRef("verdict"), points=OuterRef("points"))
    return (
        _finished(regrade, "new__progress")
        .filter(~Exists(same))
        .order_by("pk", "position")
        .values_list(
            "pk", "criterion", "verdict", "points",
            Subquery(before.values("verdict")[:1]), Subquery(before.values("points")[:1]),
        )
    )  # fmt: skip


def _removed(regrade: Regrade) -> Iterable[tuple[int, str, str, float]]:
    """Criteria that the regrade's rubric does not have."""
    kept = {each.id for each in summaries(rubric_of(regrade.rubric), "en")}
    paths = {True: "submission__mark__marking", False: "old"}
    for waiting, path in paths.items():
        applied = Q(regrade=regrade, applied_at__isnull=waiting)
        versions = RegradeItem.objects.filter(applied).order_by().values(f"{path}__rubric")
        # Nearly always none: to look through every criterion of a class for it would be slow.
        if all(kept >= _ids(each) for each in RubricVersion.objects.filter(pk__in=versions)):
            continue
        yield from (
            _finished(regrade, f"{path}__progress")
            .filter(applied)
            .exclude(criterion__in=kept)
            .values_list("pk", "criterion", "verdict", "points")
        )


def _ids(version: RubricVersion) -> set[str]:
    """Criteria of a rubric; one that nobody has where it cannot be read any more."""
    rubric = rubric_of(version)
    return {each.id for each in rubric.criteria} if rubric else {""}


def _lines(changes: Sequence[Change]) -> tuple[CriterionLine, ...]:
    """Those that change for anybody, most students first."""
    students: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for change in changes:
        for each in change.criteria:
            kind = (
                "by_hand" if each.by_hand
                else "gain" if each.now_points > each.was_points
                else "lose" if each.now_points < each.was_points
                else "other"
            )  # fmt: skip
            students[each.criterion][kind].add(change.scores.student)
    lines = [
        CriterionLine(
            criterion,
            **{kind: len(found.get(kind, ())) for kind in ("gain", "lose", "other", "by_hand")},
        )
        for criterion, found in students.items()
    ]
    return tuple(sorted(lines, key=lambda line: -line.students))


def titles(regrade: Regrade, language: str) -> dict[str, str]:
    """By criterion, the regrade's rubric first, then the others of the TP, the newest first."""
    found = {each.id: each.title for each in summaries(rubric_of(regrade.rubric), language)}
    others = RubricVersion.objects.filter(
        Q(assignment=regrade.assignment_id) & ~Q(pk=regrade.rubric_id)
    )
    for version in others.order_by("-number")[:5]:
        for each in summaries(rubric_of(version), language):
            found.setdefault(each.id, each.title)
    return found


def rubric_of(version: RubricVersion) -> Rubric | None:
    """None for a text that this version of Ringmark cannot read any more."""
    try:
        return version.parsed
    except RingmarkError:
        return None
