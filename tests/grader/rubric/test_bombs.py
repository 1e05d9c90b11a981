"""Small texts that stand for huge ones are refused before anything is made of them."""

from __future__ import annotations

import pytest

from grader.rubric import RubricInvalid, compose_rubric, parse_rubric
from grader.rubric.load import SHIPPED

#: Six levels of twenty aliases each: 64 million steps.
LEVELS = "\n".join(
    ["x0: &x0 {do: cat}"] + [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 20)}]" for n in range(1, 7)]
)
MERGES = "\n".join(
    ["m0: &m0 {a: 1}"]
    + [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 20)}]}}" for n in range(1, 7)]
)


@pytest.mark.parametrize("text", [LEVELS, MERGES])
def test_aliases_of_aliases_are_counted(text: str) -> None:
    for read in (parse_rubric, compose_rubric):
        with pytest.raises(RubricInvalid, match="more than 50000 values") as caught:
            read(text)
        assert 3 <= caught.value.problems[0][0] <= 7


def test_an_alias_of_itself_is_named_with_its_line() -> None:
    with pytest.raises(RubricInvalid, match="refers to itself") as caught:
        parse_rubric("schema: x\ncriteria: &a [*a, *a]\n")
    assert caught.value.problems[0][0] == 2


def test_a_number_without_end_is_a_problem_and_no_crash() -> None:
    number = ":".join(["1"] * 1000) + ".5"
    with pytest.raises(RubricInvalid, match="not valid YAML"):
        parse_rubric(f"schema: {number}\n")


def test_aliases_are_fine_where_they_are_few() -> None:
    text = (SHIPPED / "tp1" / "rubric.yaml").read_text(encoding="utf-8")
    shared = text.replace(
        "- {id: order.random-1, kind: random, operations: 40}",
        "- {id: order.random-1, kind: random, operations: &many 40}",
    ).replace(
        "- {id: order.random-2, kind: random, operations: 40}",
        "- {id: order.random-2, kind: random, operations: *many}",
    )
    assert shared != text
    assert parse_rubric(shared) == parse_rubric(text)
