"""Progress of long commands."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import PlatformFault
from vm_images.progress import Counting, Estimator, Progress, run_counted


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_follows_the_speed_so_far() -> None:
    clock = Clock()
    estimate = Estimator(0, 100, clock)
    clock.now = 50.0
    assert estimate.seconds_left(25) == pytest.approx(150.0)
    assert estimate.words(25) == "about 2 min left"


def test_work_done_before_does_not_count_as_speed() -> None:
    clock = Clock()
    estimate = Estimator(900, 1000, clock)
    clock.now = 30.0
    assert estimate.seconds_left(950) == pytest.approx(30.0)


def test_nothing_is_promised_at_the_beginning() -> None:
    clock = Clock()
    estimate = Estimator(0, 1000, clock)
    clock.now = 10.0
    assert estimate.words(40) == ""


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_percentage_is_one(done: int, total: int) -> None:
    assert 0 <= Progress("x", done, total).percent <= 100


def numbers(line: str) -> bool:
    return re.match(r"\d", line) is not None


def count(tmp_path: Path, program: str, total: int) -> list[Progress]:
    seen: list[Progress] = []
    argv = [sys.executable, "-c", program]
    run_counted(argv, Counting("step", total, numbers), seen.append, log=tmp_path / "log")
    return seen


def test_lines_become_progress_that_never_goes_back_and_ends_at_the_total(tmp_path: Path) -> None:
    program = "print('noise')\nfor i in range(5): print(i)"
    seen = count(tmp_path, program, 10)
    assert [p.done for p in seen] == [0, 1, 2, 3, 4, 5, 10]
    assert (tmp_path / "log").read_text().startswith("noise")


def test_more_lines_than_known_stay_below_the_total(tmp_path: Path) -> None:
    seen = count(tmp_path, "for i in range(9): print(i)", 5)
    assert [p.done for p in seen][:-1] == sorted(p.done for p in seen[:-1])
    assert max(p.done for p in seen[:-1]) == 4
    assert seen[-1].percent == 100


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    program = "print('x.c:1: error: it broke')\nfor i in range(300): print('later')\nexit(2)"
    with pytest.raises(PlatformFault, match="it broke"):
        count(tmp_path, program, 5)
