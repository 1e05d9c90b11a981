"""Every module of the corpus gets exactly the verdicts that it should, from the real engine."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from grader.engine import Engine
from grader.feedback import first_words, is_specific
from grader.grade import grade
from grader.intake import read_paths
from grader.rubric import load_rubric, shipped_rubrics
from webapp.cli.corpus import compare
from webapp.rubrics.corpus import Known, read_corpus

FOLDER = Path(__file__).parents[1] / "submissions"
RUBRICS = {tp: load_rubric(tp) for tp in shipped_rubrics()}
CORPUS = [
    (tp, module) for tp, rubric in RUBRICS.items() for module in read_corpus(FOLDER / tp, rubric)
]
#: A part, so that `make test` stays short: `make corpus` marks them all. The same ones each time;
#: RINGMARK_CORPUS=all takes all here too.
SHARE = 1 if os.environ.get("RINGMARK_CORPUS") == "all" else 7
TRIED = CORPUS[::SHARE]
#: Payloads are drawn from it: the same in every run of the tests.
SEED = 20230909


@pytest.mark.image
@pytest.mark.parametrize(("tp", "module"), TRIED, ids=[f"{tp}-{m.name}" for tp, m in TRIED])
def test_a_module_loses_exactly_what_it_breaks(tp: str, module: Known, engine: Engine) -> None:
    report = grade(read_paths(module.sources), RUBRICS[tp], engine, SEED)

    wrong = compare(module, report)

    story = "\n".join(f"  - {difference}" for difference in wrong)
    assert not wrong, f"{module.expected.why}\n{story}\nin {module.folder}, seed {SEED}"
    words = first_words(report)
    assert is_specific(words) or not module.expected.loses, words


def test_every_criterion_is_lost_by_two_modules_or_more() -> None:
    lost = Counter(criterion for _, module in CORPUS for criterion in module.expected.loses)

    criteria = [c.id for rubric in RUBRICS.values() for c in rubric.criteria]
    rare = {criterion: lost[criterion] for criterion in criteria if lost[criterion] < 2}

    assert not rare


def test_correct_modules_lose_nothing_and_others_say_why() -> None:
    for _, module in CORPUS:
        if module.expected.kind == "correct":
            assert not module.expected.loses, module.name
        assert module.expected.why.endswith("."), module.name
