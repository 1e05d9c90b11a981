"""What is wrong with a rubric, and what the schema says of itself, in French too."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic_core._pydantic_core import list_all_errors

from grader.rubric import RubricInvalid, parse_rubric
from grader.rubric.help import described, french, mark
from grader.rubric.load import SHIPPED
from grader.rubric.problems import _FRENCH
from grader.rubric.schema import Check, CheckBase
from grader.rubric.steps import Draw, StagedStep, Step

TP1 = (SHIPPED / "tp1" / "rubric.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "instead", "english", "french"),
    [
        ("version: 1", "", "version: Field required", "version: ce champ manque"),
        ("version: 1", "version: 1\ncolour: red", "not permitted", "pas de champ de ce nom"),
        ("version: 1", "version: one", "valid integer", "nombre entier"),
        ("version: 1", "version: [1]", "valid integer", "nombre entier"),
        ("version: 1", "version: 0", "greater than or equal to 1", "au moins 1"),
        ("version: 1", "version: 1\nversion: 2", "is there twice", "y est deux fois"),
        ("    points: 3", "    points: many", "valid number", "il faut un nombre"),
        ("    points: 3", "    points: .nan", "finite number", "nombre fini"),
        ("    points: 3", "    points: 101", "less than or equal to 100", "au plus 100"),
        ("tp: tp1", "tp: TP1", "no short name", "nom court de TP"),
        ("  - id: tp1.store", "  - id: tp2.store", "does not belong", "n'est pas de tp1"),
        ("  - id: tp1.store", "  - id: tp1.load", "is used twice", "sert deux fois"),
        ("  newline: either", "  newline: maybe", "'keep' or 'either'", "'keep' ou 'either'"),
        ("  newline: either", "  blocking: 7", "valid boolean", "true ou false"),
        ("  device: asee_mod", "  device: a/b", "match pattern", "suivre le modèle"),
        ("kind: load", "kind: lode", "does not match any of the expected tags", "valeur de 'kind'"),
        ("kind: load", "cycles: 1", "Unable to extract tag", "il manque le champ 'kind'"),
        ("criteria:", "criteria: 7\nx:", "valid tuple", "il faut une liste"),
        ("criteria:", "criteria: []\nx:", "at least 1 item", "la liste est trop courte"),
        ("criteria:", "criteria: [7]\nx:", "valid dictionary", "il faut des champs"),
        ("criteria:", "criteria: {", "not valid YAML", "pas du YAML valide"),
    ],
)
def test_a_mistake_is_told_in_both(line: str, instead: str, english: str, french: str) -> None:
    assert line in TP1
    with pytest.raises(RubricInvalid) as caught:
        parse_rubric(TP1.replace(line, instead, 1))
    told = [" ".join(words for _, words in caught.value.told(each)) for each in ("en", "fr")]
    assert english in told[0]
    assert french in told[1]
    assert english not in told[1]
    assert caught.value.text.fr != str(caught.value)


def test_each_french_sentence_is_for_an_error_that_there_is() -> None:
    known: dict[str, Any] = {error["type"]: error for error in list_all_errors()}
    for kind, words in _FRENCH.items():
        names = set(re.findall(r"{(\w+)}", words))
        assert names <= set(known[kind].get("example_context") or ()), kind


def members(union: Any) -> set[type[BaseModel]]:
    return set(get_args(get_args(union)[0]))


def test_the_schemas_help_is_in_french_and_of_the_english_that_there_is() -> None:
    models = members(Check) | members(Step) | members(StagedStep) | {CheckBase, Draw}
    due = {name: text for model in models for name, text in described(model)}
    assert set(french()) == set(due)
    stale = {
        name: mark(text.en) for name, text in due.items() if french()[name].of != mark(text.en)
    }
    assert not stale, "look whether help_fr.yaml still says the same, then put these there as 'of'"
    assert all(text.fr != text.en for text in due.values())
