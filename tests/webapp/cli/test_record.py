"""The committed record of markings: whole, and what the docs say of it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from grader.feedback import is_specific
from grader.rubric import load_rubric, shipped_rubrics
from webapp.cli.steadiness import as_markdown, read_record, words_table
from webapp.rubrics.corpus import Known, read_corpus

ROOT = Path(__file__).parents[3]
RECORD = read_record(ROOT / "docs" / "measurements" / "steadiness.jsonl")
WORDS = {(each.tp, each.module): each.words for each in RECORD}
CORPUS = [
    (tp, module)
    for tp in shipped_rubrics()
    for module in read_corpus(ROOT / "tests" / "submissions" / tp, load_rubric(tp))
]
LOSING = [(tp, module) for tp, module in CORPUS if module.expected.loses]


def test_every_module_has_been_marked() -> None:
    assert {(tp, module.name) for tp, module in CORPUS} <= set(WORDS)


@pytest.mark.parametrize(("tp", "module"), LOSING, ids=[f"{tp}-{m.name}" for tp, m in LOSING])
def test_what_a_student_reads_first_is_of_their_module(tp: str, module: Known) -> None:
    """A value, a step or a line: from the last time that it was marked."""
    words = WORDS.get((tp, module.name), "")
    assert is_specific(words), words or "no words in the record"


@pytest.mark.parametrize("page", ["first-words.md", "reliability.md"])
def test_the_pages_say_what_the_record_says(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    names = defaultdict(set)
    for tp, module in CORPUS:
        names[tp, module.expected.kind].add(module.name)
    made = words_table(RECORD) if page == "first-words.md" else as_markdown(RECORD, names)
    missing = [line for line in made if line not in text]
    assert not missing
