"""What a student is told of regrades of their submission: when, why, what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from webapp.regrading.comparing import rubric_of
from webapp.regrading.models import RegradeItem
from webapp.rubrics.texts import summaries
from webapp.submissions.marks import Worth, corrections_of, criterion_marks
from webapp.submissions.models import Correction, Marking, Submission
from webapp.submissions.settling import worths


@dataclass(frozen=True)
class BeforeAndNow:
    """A criterion, before and after. ``changed``: for the mark."""

    title: str
    was: str
    was_points: float
    now: str
    now_points: float
    max_points: float

    @property
    def changed(self) -> bool:
        return (self.was, self.was_points) != (self.now, self.now_points)


@dataclass(frozen=True)
class MarkedAgain:
    """One regrade that was applied to the submission. ``former``: address of the result before;
    empty while that is what counts again.
    """

    at: dt.datetime
    because: str
    version: int
    before: Worth
    after: Worth
    criteria: tuple[BeforeAndNow, ...]
    former: str

    @property
    def changed(self) -> tuple[BeforeAndNow, ...]:
        return tuple(each for each in self.criteria if each.changed)


def marked_again(submission: Submission, language: str) -> list[MarkedAgain]:
    """The last one first; empty, with one query, for what was never marked again."""
    items = list(
        RegradeItem.objects.filter(submission=submission, applied_at__isnull=False)
        .select_related("regrade__rubric", "old__rubric", "new__rubric")
        .order_by("-applied_at", "-pk")
    )
    if not items:
        return []
    corrections = corrections_of(submission)
    markings = {each.pk: each for item in items for each in (item.old, item.new)}
    worth = worths(submission.assignment, list(markings.values()))
    return [
        MarkedAgain(
            at=item.applied_at,
            because=item.regrade.note,
            version=item.regrade.rubric.number,
            before=worth[item.old_id],
            after=worth[item.new_id],
            criteria=_criteria(item.old, item.new, corrections, language),
            former=_address(item.old),
        )
        for item in items
        if item.applied_at
    ]


def _address(old: Marking) -> str:
    return "" if old.is_shown else reverse("former", args=[old.submission_id, old.pk])


def _criteria(
    old: Marking, new: Marking, corrections: list[Correction], language: str
) -> tuple[BeforeAndNow, ...]:
    """In the new rubric's order; what only the old one has comes last."""
    before = {each.criterion: each for each in criterion_marks(old, corrections)}
    after = {each.criterion: each for each in criterion_marks(new, corrections)}
    titles = {
        each.id: each.title
        for marking in (old, new)
        for each in summaries(rubric_of(marking.rubric), language)
    }
    rows = []
    for criterion in after | before:
        was, now = before.get(criterion), after.get(criterion)
        rows.append(
            BeforeAndNow(
                title=titles.get(criterion, criterion),
                was=was.verdict if was else "",
                was_points=was.points if was else 0,
                now=now.verdict if now else "",
                now_points=now.points if now else 0,
                max_points=(now or was).max_points,  # type: ignore[union-attr]
            )
        )
    return tuple(rows)
