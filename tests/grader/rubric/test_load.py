"""Reading rubrics: what is wrong is named with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UnusableInput
from grader.rubric import RubricInvalid, load_rubric, parse_rubric
from grader.rubric.load import SHIPPED

TP1 = (SHIPPED / "tp1" / "rubric.yaml").read_text()
POINTS = {
    "tp1.build": 1, "tp1.load": 1, "tp1.store": 3, "tp1.consume": 2, "tp1.overwrite": 3,
    "tp1.order": 3, "tp1.persist": 2, "tp1.returns": 2, "tp1.exact-bytes": 1, "tp1.unload": 1,
    "tp1.clean": 1,
}  # fmt: skip


def test_tp1_has_the_contracts_criteria_and_points() -> None:
    rubric = load_rubric("tp1")
    assert {c.id: c.points for c in rubric.criteria} == POINTS
    assert rubric.max_score == 20


def test_an_unknown_tp_names_the_known_ones() -> None:
    with pytest.raises(UnusableInput, match=r"no rubric for 'tp9'.*tp1"):
        load_rubric("tp9")


@pytest.mark.parametrize("tp", ["../tp1", "tp1/..", "", "TP1", "/etc"])
def test_a_tp_is_a_name_and_never_a_path(tp: str) -> None:
    with pytest.raises(UnusableInput):
        load_rubric(tp)


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ("    points: 3", "    points: -3", "points"),
        ("    points: 3", "    points: many", "points"),
        ("          - {do: cat, by: third_shell}", "          - {do: dog}", "dog"),
        (
            "          - {do: cat, by: third_shell}",
            "          - {do: echo, text: nowhere}",
            "nowhere",
        ),
        ("  - id: tp1.store", "  - id: tp2.store", "tp2.store"),
        ("  - id: tp1.store", "  - id: tp1.load", "twice"),
        ("  capacity: 16", "  capacity: 0", "capacity"),
        ("  newline: either", "  newline: maybe", "newline"),
        ("version: 1", "version: 1\nversion: 2", "twice"),
        ("version: 1", "version: 1\ncolour: red", "colour"),
    ],
)
def test_a_mistake_is_named(line: str, instead: str, message: str) -> None:
    with pytest.raises(RubricInvalid) as caught:
        parse_rubric(TP1.replace(line, instead, 1))
    assert message in str(caught.value)


def test_a_mistake_is_named_with_its_line() -> None:
    lines = TP1.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip() == "points: 3")
    lines[at] = "    points: many"
    with pytest.raises(RubricInvalid) as caught:
        parse_rubric("\n".join(lines), "mine.yaml")
    assert [line for line, _ in caught.value.problems] == [at + 1]
    assert str(caught.value).startswith(f"mine.yaml:{at + 1}: ")


def test_broken_yaml_is_named_with_its_line() -> None:
    with pytest.raises(RubricInvalid) as caught:
        parse_rubric("schema: x\ncriteria: [\n  {a: 1},\n")
    assert caught.value.problems[0][0] >= 3


def test_yaml_that_refers_to_itself_is_refused() -> None:
    with pytest.raises(RubricInvalid):
        parse_rubric("criteria: &a [*a, *a]\n")


@given(st.text(max_size=200))
def test_any_text_is_a_rubric_or_a_named_problem(text: str) -> None:
    try:
        parse_rubric(text)
    except RubricInvalid as error:
        assert error.problems and all(line >= 1 for line, _ in error.problems)
