"""How many guests a host is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.guest.capacity import cores, memory_mib, recommended_guests, recommended_processes


@pytest.mark.parametrize(
    ("processors", "memory", "processes", "guests"),
    [(2, 8000, 2, 2), (2, 3072, 1, 2), (8, 8000, 4, 4), (4, 100, 1, 1), (1, 99999, 1, 1)],
)
def test_as_many_as_processors_and_memory_hold(
    processors: int, memory: int, processes: int, guests: int
) -> None:
    assert recommended_processes(processors, memory) == processes
    assert recommended_guests(processors, memory) == guests


def test_without_limits_all_that_there_is(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")

    assert cores(tmp_path) == cores(tmp_path / "none") == len(os.sched_getaffinity(0))
    assert memory_mib(tmp_path) == memory_mib(tmp_path / "none") > 500


def test_a_container_counts_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text(str(700 << 20))

    assert cores(tmp_path) == 1
    assert memory_mib(tmp_path) == 700
