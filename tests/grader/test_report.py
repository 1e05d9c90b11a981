"""The report document: what is published is what is written."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from grader.report import (
    BuildReport,
    CheckReport,
    CriterionReport,
    Finding,
    Report,
    RubricName,
    Step,
    json_schema,
)
from grader.texts import Text

DOCS = Path(__file__).parents[2] / "docs"
PUBLISHED = json.loads((DOCS / "report.schema.json").read_text())


def example() -> Report:
    step = Step(
        actor="shell", action="cat /dev/asee_mod", expected="'a'", seen="'\x1b[31mb'", ok=False
    )
    check = CheckReport(id="store.two-echoes", verdict="fail", seconds=0.4, transcript=(step,))
    criterion = CriterionReport(
        id="tp1.store", title="It stores", verdict="fail", points=0, max_points=3,
        feedback="cat gave 'b'", checks=(check,),
    )  # fmt: skip
    return Report(
        status="graded", tp="tp1", rubric=RubricName(id="tp1", version=1), image="0123456789ab",
        seed=7, score=0, max_score=3, criteria=(criterion,),
        findings=(Finding(kind="kasan", title="oob", file="a.c", line=3),),
        build=BuildReport(ok=True),
    )  # fmt: skip


def test_the_published_schema_is_the_codes() -> None:
    assert json.dumps(PUBLISHED, indent=1, sort_keys=True) + "\n" == json_schema(), (
        "renew it: python -m grader.report > docs/report.schema.json"
    )


def test_a_report_fits_the_published_schema() -> None:
    jsonschema.validate(json.loads(example().to_json()), PUBLISHED)


def test_a_report_survives_writing_and_reading() -> None:
    assert Report.model_validate_json(example().to_json()) == example()


def test_sentences_are_in_english_and_beside_it_in_french() -> None:
    both = {"actor": "shell", "action": Text("read", "lecture"), "seen": Text("'a'", "'a'")}
    step = Step.model_validate(both)
    assert (step.action, step.seen, step.fr) == ("read", "'a'", {"action": "lecture"})
    assert step.told("fr").action == "lecture"
    assert step.told("en") == step
    assert Step.model_validate_json(step.model_dump_json()) == step
    with pytest.raises(ValidationError):
        Step(actor="shell", action="read", fr={"command": "rm"})


def test_the_same_report_is_the_same_text_in_every_process() -> None:
    """A marking that is made again by another worker gives the same document."""
    words = {name: Text(name, f"fr {name}") for name in reversed(Step.WORDS)}
    assert list(Step.model_validate(words).fr) == ["actor", "action", "expected", "seen"]


def test_a_report_from_before_there_was_french_is_read_as_it_is() -> None:
    document = json.loads(example().to_json())
    parts = [document["findings"][0], *document["criteria"][0]["checks"]]
    parts += document["criteria"][0]["checks"][0]["transcript"]
    for part in parts:
        assert part.pop("fr") == {}
    jsonschema.validate(document, PUBLISHED)
    assert Report.model_validate(document) == example()
    check = Report.model_validate(document).criteria[0].checks[0]
    assert check.transcript[0].told("fr").action == "cat /dev/asee_mod"


def test_the_schema_refuses_what_is_no_report() -> None:
    document = json.loads(example().to_json())
    document["criteria"][0]["verdict"] = "maybe"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, PUBLISHED)


def test_a_report_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        example().score = 20  # type: ignore[misc]
