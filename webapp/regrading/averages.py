"""The mean before and after a regrade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, FloatField, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Greatest

from webapp.courses.models import Assignment
from webapp.regrading import scoring
from webapp.regrading.models import Regrade, RegradeItem
from webapp.regrading.scoring import Scored
from webapp.submissions.models import Correction, State


@dataclass(frozen=True)
class Means:
    """Of those that have a mark before and after."""

    number: int
    before: float
    after: float

    @property
    def shift(self) -> float:
        return self.after - self.before


def means(rows: Iterable[Scored]) -> Means | None:
    """None while nothing can be compared."""
    both = [(row.old_score, row.new_score) for row in rows if row.is_done and row.comparable]
    number = len(both)
    before = sum(old for old, _ in both if old is not None)
    after = sum(new for _, new in both if new is not None)
    return Means(number, before / number, after / number) if number else None


def means_of(regrades: Sequence[Regrade], assignment: Assignment) -> dict[int, Means | None]:
    """The same of many regrades. The database sums; only what is corrected by hand is read."""
    sums = {each.pk: (0, 0.0, 0.0) for each in regrades}
    of_these = RegradeItem.objects.filter(regrade__in=list(sums), new__state=State.GRADED)
    by_hand = Exists(
        Correction.objects.filter(submission=OuterRef("submission"), withdrawn_at=None)
    )
    for regrade, number, before, after in (
        of_these.filter(~by_hand)
        .annotate(before=_before(assignment), after=_worth("new", assignment))
        .exclude(Q(before=None) | Q(after=None))
        .order_by()
        .values_list("regrade")
        .annotate(Count("pk"), Sum("before"), Sum("after"))
    ):
        sums[regrade] = number, before, after
    corrected: dict[int, set[int]] = {}
    for regrade, item in of_these.filter(by_hand).order_by().values_list("regrade", "pk"):
        corrected.setdefault(regrade, set()).add(item)
    found = {}
    for each in regrades:
        number, before, after = sums[each.pk]
        rest = means(scoring.scored(each, corrected[each.pk])) if each.pk in corrected else None
        if rest:
            number += rest.number
            before += rest.before * rest.number
            after += rest.after * rest.number
        found[each.pk] = Means(number, before / number, after / number) if number else None
    return found


def _before(assignment: Assignment) -> Case:
    """Of what the new marking is compared with; see ``scoring.Scored``."""
    return Case(
        When(applied_at=None, then=F("submission__mark__score")),
        default=_worth("old", assignment),
        output_field=FloatField(),
    )


def _worth(marking: str, assignment: Assignment) -> Case:
    """As ``scoring.uncorrected``; what is shown says so itself."""
    lost = F("submission__mark__late_days") * Value(float(assignment.late_points_per_day))
    score = F(f"{marking}__score") - lost
    return Case(
        When(submission__mark__marking=F(marking), then=F("submission__mark__score")),
        When(**{f"{marking}__state": State.GRADED}, then=Greatest(score, Value(0.0))),
        default=None,
        output_field=FloatField(),
    )
