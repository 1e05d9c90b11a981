"""Every module of the corpus gets exactly the verdicts that it should, from the real engine."""

from __future__ import annotations

import os
from collections import Counter
from hashlib import sha256
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
#: A part, so that `make test` stays short: `make corpus` marks them all. RINGMARK_CORPUS names
#: another share, or "all".
SHARES = 7
SHARE = os.environ.get("RINGMARK_CORPUS", "4")


def share_of(tp: str, module: Known) -> str:
    """By the name alone: a module that is added or removed moves no other."""
    return str(sha256(f"{tp}/{module.name}".encode()).digest()[0] % SHARES)


TRIED = [each for each in CORPUS if SHARE in (share_of(*each), "all")]
#: Payloads are drawn from it: the same in every run of the tests.
SEED = 20230909


def test_every_module_is_in_one_share_and_the_tried_share_has_every_tp() -> None:
    assert {share_of(*each) for each in CORPUS} == {str(number) for number in range(SHARES)}
    assert {tp for tp, _ in TRIED} == set(RUBRICS)


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
