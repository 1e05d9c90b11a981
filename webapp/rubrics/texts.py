"""A rubric's texts for a page."""

from __future__ import annotations

from dataclasses import dataclass

from grader.rubric import Rubric


@dataclass(frozen=True)
class CriterionSummary:
    """What a student may know of a criterion beforehand."""

    id: str
    title: str
    description: str
    points: float


def summaries(rubric: Rubric | None, language: str) -> list[CriterionSummary]:
    """The criteria in a language; empty without a rubric."""
    return [
        CriterionSummary(
            id=criterion.id,
            title=criterion.title.get(language),
            description=criterion.description.get(language),
            points=criterion.points,
        )
        for criterion in (rubric.criteria if rubric else ())
    ]
