"""One criterion of TP3 by itself, for tests that need no more."""

from __future__ import annotations

from grader.rubric import Rubric, load_rubric


def only(criterion: str) -> Rubric:
    """The rubric of TP3 with this criterion, and what comes before any other."""
    rubric = load_rubric("tp3")
    kept = [each for each in rubric.criteria if each.id in {"tp3.build", "tp3.load", criterion}]
    return rubric.model_copy(update={"criteria": kept})
