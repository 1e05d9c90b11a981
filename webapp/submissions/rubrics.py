"""Rubrics as the web part needs them: by TP and version, and their texts for a page."""

from __future__ import annotations

from dataclasses import dataclass

from grader.errors import PlatformFault, RingmarkError
from grader.rubric import Rubric, load_rubric


@dataclass(frozen=True)
class CriterionSummary:
    """What a student may know of a criterion beforehand."""

    id: str
    title: str
    description: str
    points: float


def rubric_of_version(tp: str, version: str) -> Rubric:
    """Raises PlatformFault when the rubric there is another version than the one asked for."""
    rubric = load_rubric(tp)
    if str(rubric.version) != version:
        raise PlatformFault(
            f"rubric {tp} is at version {rubric.version}, but version {version} is asked for: "
            "set the assignment's rubric version"
        )
    return rubric


def summaries(tp: str, language: str) -> list[CriterionSummary]:
    """The criteria of a TP in a language, English where a text is missing; empty without one."""
    try:
        rubric = load_rubric(tp)
    except RingmarkError:
        return []
    return [
        CriterionSummary(
            id=criterion.id,
            title=criterion.title.get(language),
            description=criterion.description.get(language),
            points=criterion.points,
        )
        for criterion in rubric.criteria
    ]


def has_interrupt(tp: str) -> bool:
    """Whether the TP is about an interrupt, whose attribute a student may name."""
    try:
        return load_rubric(tp).settings.interrupt is not None
    except RingmarkError:
        return False
