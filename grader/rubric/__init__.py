"""Rubrics: their schema and how they are read. Knows no guest and runs nothing."""

from grader.rubric.load import (
    RubricInvalid,
    compose_rubric,
    load_rubric,
    parse_rubric,
    shipped_rubrics,
)
from grader.rubric.schema import Criterion, Rubric, Text

__all__ = [
    "Criterion",
    "Rubric",
    "RubricInvalid",
    "Text",
    "compose_rubric",
    "load_rubric",
    "parse_rubric",
    "shipped_rubrics",
]
