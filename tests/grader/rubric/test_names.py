"""Short names of TPs other than the shipped ones, and what a name cannot be."""

from __future__ import annotations

import pytest

from grader.rubric import RubricInvalid, parse_rubric
from grader.rubric.load import SHIPPED

TP1 = (SHIPPED / "tp1" / "rubric.yaml").read_text(encoding="utf-8")


def called(name: str) -> str:
    return TP1.replace("tp: tp1", f"tp: {name}").replace("- id: tp1.", f"- id: {name}.")


@pytest.mark.parametrize("name", ["chan1", "c", "ring-buffer-2027", "a" * 32])
def test_a_tp_may_have_any_short_name(name: str) -> None:
    rubric = parse_rubric(called(name))
    assert rubric.tp == name
    assert {criterion.id.partition(".")[0] for criterion in rubric.criteria} == {name}


@pytest.mark.parametrize("name", ["Chan1", "1chan", "-chan", "chan_1", "a" * 33, "chan.1", "été"])
def test_what_is_no_short_name_is_told_in_words(name: str) -> None:
    with pytest.raises(RubricInvalid) as caught:
        parse_rubric(called(name))
    line = TP1.splitlines().index("tp: tp1") + 1
    at_tp = [message for where, message in caught.value.problems if where == line]
    assert "is no short name of a TP" in at_tp[0]


def test_a_criterion_of_another_tp_is_refused() -> None:
    with pytest.raises(RubricInvalid, match=r"'tp1.build' does not belong to tp"):
        parse_rubric(TP1.replace("tp: tp1", "tp: tp"))


@pytest.mark.parametrize("identifier", ["store", "tp1.", "tp1.Store", "tp1.a.b", "tp1.1"])
def test_what_is_no_criterion_id_is_told_in_words(identifier: str) -> None:
    with pytest.raises(RubricInvalid, match="is no id of a criterion"):
        parse_rubric(TP1.replace("- id: tp1.store", f"- id: {identifier}"))
