"""The cause of a guest's end is told from what QEMU and its console said."""

from __future__ import annotations

import pytest

from grader.guest.death import PANIC_END, PANIC_LINE, LastWords, classify


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (LastWords(panicked=True, killed=True), "panic"),
        (LastWords(panicked=True, reason="guest-reset"), "panic"),
        (LastWords(reason="guest-panic"), "panic"),
        (LastWords(reason="guest-reset"), "reset"),
        (LastWords(reason="guest-reset", stderr="CPU Reset\nTriple fault\n"), "triple-fault"),
        (LastWords(reason="guest-shutdown"), "shutdown"),
        (LastWords(killed=True), "killed"),
        (LastWords(reason="guest-shutdown", killed=True), "shutdown"),
        (LastWords(exit_code=1), "qemu-exit"),
    ],
)
def test_kinds(last: LastWords, kind: str) -> None:
    assert classify(last).kind == kind


def test_a_panic_is_told_in_the_kernels_words() -> None:
    line = "Kernel panic - not syncing: sysrq triggered crash"
    assert classify(LastWords(panicked=True, panic_line=line)).detail == line


def test_qemus_last_complaint_is_told() -> None:
    stderr = "CPU Reset (CPU 0)\nEAX=00000000\nqemu-system-x86_64: cannot allocate\nEIP=0000fff0\n"
    death = classify(LastWords(exit_code=1, stderr=stderr))
    assert "exit code 1" in death.detail
    assert death.detail.endswith("cannot allocate")


@pytest.mark.parametrize(
    "line",
    [
        b"Kernel panic - not syncing: Fatal exception",
        b"[   16.363268][    T1] Kernel panic - not syncing: VFS: no root",
        b"earlier\r\n[    1.0] Kernel panic - not syncing: x",
    ],
)
def test_a_panic_line_is_recognised(line: bytes) -> None:
    assert PANIC_LINE.search(line)


@pytest.mark.parametrize(
    "line",
    [
        b"[    1.0][ T12] student: Kernel panic - not syncing: just a joke",
        b"[    1.0][ T12] ---[ end Kernel panic - not syncing: x ]---",
    ],
)
def test_a_line_that_only_quotes_a_panic_is_not_one(line: bytes) -> None:
    assert not PANIC_LINE.search(line)


def test_the_end_of_a_panic_is_recognised() -> None:
    assert PANIC_END.search(b"[ 9.1][ T1] ---[ end Kernel panic - not syncing: a [b] ]---\r\n")
