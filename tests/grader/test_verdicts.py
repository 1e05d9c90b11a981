"""What a lost criterion is said to be lost for."""

from __future__ import annotations

import pytest

from grader.report import Finding, FindingPlace
from grader.rubric.load import load_rubric
from grader.texts import Text
from grader.verdicts import decide_clean, with_hint

CLEAN = load_rubric("tp1").criteria[-1]


@pytest.mark.parametrize(
    ("title", "function", "told"),
    [
        (
            "KASAN: double-free in asee_close",
            "asee_close",
            "The kernel reported: KASAN: double-free in asee_close() (ring.c:29), in the check",
        ),
        (
            "UBSAN: array-index-out-of-bounds in ring.c:29",
            "asee_close",
            "The kernel reported: UBSAN: array-index-out-of-bounds in asee_close() (ring.c:29), in",
        ),
        # Another function than the one whose line it is: both are said.
        (
            "KASAN: double-free in kfree",
            "asee_close",
            "The kernel reported: KASAN: double-free in kfree in asee_close() (ring.c:29), in the",
        ),
    ],
)
def test_no_place_is_said_twice(title: str, function: str, told: str) -> None:
    finding = Finding(
        kind="kasan", title=title, file="ring.c", line=29, function=function, check="load",
        fr={"title": title.replace(" in ", " dans ")},
    )  # fmt: skip
    decision = decide_clean(CLEAN, [finding], {"kasan"}, [])
    assert decision.feedback.en.startswith(told)
    assert decision.feedback.fr.count("asee_close") == decision.feedback.en.count("asee_close")


@pytest.mark.parametrize(
    ("reason", "start"),
    [
        ("did you mean 'size_show'?", "Did you mean 'size_show'? "),
        ("it never came back", "It never came back. "),
        ("read() never came back", "read() never came back. "),
    ],
)
def test_a_reason_is_made_a_sentence(reason: str, start: str) -> None:
    assert with_hint(CLEAN, Text(reason, reason)).en.startswith(start)


def test_of_a_leak_the_line_is_said_to_be_that_of_the_allocation() -> None:
    finding = Finding(
        kind="leak", title="memory leak: 8 bytes", file="ring.c", line=29, function="asee_write",
        check="clean.leaks", fr={"title": "fuite mémoire : 8 octets"},
    )  # fmt: skip
    told = decide_clean(CLEAN, [finding], {"leak"}, []).feedback
    assert "memory leak: 8 bytes, allocated in asee_write() (ring.c:29), in the check" in told.en
    assert "8 octets, alloués dans asee_write() (ring.c:29), pendant" in told.fr


def test_of_a_lock_both_uses_are_told() -> None:
    handler = FindingPlace(role="stack", function="ring_irq", file="ring.c", line=65)
    reader = FindingPlace(role="dependency", function="ring_read", file="ring.c", line=85)
    finding = Finding(
        kind="lockdep", title="inconsistent lock state", file="ring.c", line=65,
        function="ring_irq", check="readers.one", places=(handler, reader),
    )  # fmt: skip
    feedback = decide_clean(CLEAN, [finding], {"lockdep"}, []).feedback
    assert "in ring_irq() (ring.c:65), against ring_read() (ring.c:85), in the" in feedback.en
    assert "dans ring_irq() (ring.c:65), face à ring_read() (ring.c:85), pendant" in feedback.fr
