"""The record of markings and the table made of it; what is marked next; the busy processes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from grader.rubric import load_rubric
from webapp.cli.busy import busy
from webapp.cli.corpus import breadth_first
from webapp.cli.steadiness import (
    BEGIN,
    END,
    Marking,
    append,
    as_markdown,
    read_record,
    renewed,
    rows,
    words_table,
)
from webapp.rubrics.corpus import Expectation, Known

CORPUS = {("tp1", "correct"): {"kfifo", "stack"}, ("tp1", "defective"): {"strlen"}}


def marking(module: str = "kfifo", seed: int = 1, **other: Any) -> Marking:
    usual = {
        "kind": "correct", "verdicts": {"tp1.build": "pass"}, "wrong": (), "seconds": 7.5,
        "commit": "abc1234", "load": 4.0, "busy": 2,
    }  # fmt: skip
    return Marking(tp="tp1", module=module, seed=seed, **(usual | other))


def known(name: str) -> Known:
    return Known(name, Path(name), Expectation(kind="correct", loses=(), why="It is correct."))


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    assert read_record(record) == []
    markings = [marking(), marking("stack", wrong=("tp1.build should be pass, is fail",))]

    for one in markings:
        append(record, one)

    assert read_record(record) == markings
    assert len(record.read_text().splitlines()) == 2


def test_a_line_that_is_no_marking_is_named(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    append(record, marking())
    with record.open("a") as file:
        file.write('{"tp": "tp1"}\n')

    with pytest.raises(ValueError, match=r"record\.jsonl:2"):
        read_record(record)


def test_every_module_has_its_first_run_before_any_has_its_second() -> None:
    rubric = load_rubric("tp1")
    modules = [(rubric, known("kfifo")), (rubric, known("stack"))]

    due = breadth_first(modules, range(5, 7))

    assert [(module.name, seed) for _, module, seed in due] == [
        ("kfifo", 5), ("stack", 5), ("kfifo", 6), ("stack", 6),
    ]  # fmt: skip


def test_the_tps_take_turns() -> None:
    tp1, tp2 = load_rubric("tp1"), load_rubric("tp2")
    modules = [(tp1, known("kfifo")), (tp1, known("stack")), (tp2, known("resize"))]

    due = breadth_first(modules, [1])

    assert [module.name for _, module, _ in due] == ["kfifo", "resize", "stack"]


def test_what_the_record_has_is_not_marked_again() -> None:
    rubric = load_rubric("tp1")
    modules = [(rubric, known("kfifo")), (rubric, known("stack"))]
    done = {marking("kfifo", 1).key, marking("stack", 2).key}

    due = breadth_first(modules, range(1, 3), done)

    assert [(module.name, seed) for _, module, seed in due] == [("stack", 1), ("kfifo", 2)]


def test_a_row_counts_runs_wrong_and_changed_verdicts() -> None:
    fails: dict[str, Any] = {
        "verdicts": {"tp1.build": "fail"}, "wrong": ("tp1.build should be pass, is fail",)
    }  # fmt: skip
    correct, defective = rows([marking(), marking(seed=2, **fails), marking(seed=3)], CORPUS)

    assert (correct.modules, correct.corpus, correct.markings) == (1, 2, 3)
    assert (correct.fewest, correct.most) == (0, 3)
    assert (correct.wrong, correct.changed) == (1, 1)
    assert (defective.markings, defective.wrong, defective.changed) == (0, 0, 0)


def test_modules_that_the_corpus_has_no_longer_do_not_count() -> None:
    assert rows([marking("gone")], CORPUS)[0].markings == 0


def test_the_table_says_what_was_wrong_and_by_which_code() -> None:
    wrong = marking("stack", 2, commit="fedcba9", wrong=("tp1.build should be pass, is fail",))

    text = "\n".join(as_markdown([marking(), wrong], CORPUS))

    assert "| TP1 | correct | 2 of 2 | 2 | 1 | 1 | 0 |" in text
    assert "- tp1 `stack` (seed 2, fedcba9): tp1.build should be pass, is fail" in text
    assert "abc1234 (1), fedcba9 (1)" in text


def test_busy_processes_end_with_the_block() -> None:
    before = children()
    with busy(2):
        burning = children() - before
        assert len(burning) == 2
        until = time.monotonic() + 60
        while not all(used(pid) for pid in burning):
            assert time.monotonic() < until
    assert not burning & children()


def test_busy_processes_end_when_the_block_is_interrupted() -> None:
    before = children()
    with pytest.raises(KeyboardInterrupt), busy(1):
        raise KeyboardInterrupt
    assert children() == before


def children() -> set[int]:
    return set(
        map(int, Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())
    )


def used(pid: int) -> int:
    """Processor time in ticks."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def test_what_is_read_first_is_the_last_that_was_said() -> None:
    def said(module: str, seed: int, words: str) -> Marking:
        return Marking(tp="tp1", module=module, kind="defective", seed=seed, verdicts={}, wrong=(),
                       seconds=1, commit="x", load=1, busy=0, words=words)  # fmt: skip

    table = words_table([said("b", 1, "old"), said("a", 1, "gave 'x|y'"), said("b", 2, "new"),
                         said("c", 1, "")])  # fmt: skip
    assert table[2:] == ["| tp1 | a | gave 'x&#124;y' |", "| tp1 | b | new |"]


def test_a_page_is_renewed_between_its_marks_only() -> None:
    page = f"# Title\n{BEGIN}\nold\n{END}\nrest\n"

    assert renewed(page, ["new", "lines"]) == f"# Title\n{BEGIN}\nnew\nlines\n{END}\nrest\n"


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="write between"):
        renewed("# Title\n", ["new"])
