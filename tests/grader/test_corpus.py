"""Every module of the corpus gets exactly the verdicts that it should, from the real engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.engine import Engine
from grader.grade import grade
from grader.intake import read_paths
from grader.rubric import load_rubric
from webapp.cli.corpus import Known, compare, read_corpus

RUBRIC = load_rubric("tp1")
CORPUS = read_corpus(Path(__file__).parents[1] / "submissions" / "tp1", RUBRIC)
#: One in three, so that `make test` stays short: `make corpus` marks them all. The same ones each
#: time; RINGMARK_CORPUS=all takes all here too.
TRIED = CORPUS if os.environ.get("RINGMARK_CORPUS") == "all" else CORPUS[::3]
#: Payloads are drawn from it: the same in every run of the tests.
SEED = 20230909


@pytest.mark.image
@pytest.mark.parametrize("module", TRIED, ids=lambda module: module.name)
def test_a_module_loses_exactly_what_it_breaks(module: Known, engine: Engine) -> None:
    report = grade(read_paths(module.sources), RUBRIC, engine, SEED)

    wrong = compare(module, report)

    story = "\n".join(f"  - {difference}" for difference in wrong)
    assert not wrong, f"{module.expected.why}\n{story}\nin {module.folder}, seed {SEED}"


def test_every_criterion_is_lost_by_two_modules_or_more() -> None:
    lost = [criterion for module in CORPUS for criterion in module.expected.loses]

    rare = {c.id: lost.count(c.id) for c in RUBRIC.criteria if lost.count(c.id) < 2}

    assert not rare


def test_correct_modules_lose_nothing_and_others_say_why() -> None:
    for module in CORPUS:
        if module.expected.kind == "correct":
            assert not module.expected.loses, module.name
        assert module.expected.why.endswith("."), module.name
