"""How many guests a host is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.guest.capacity import cores, memory_mib, recommended


@pytest.mark.parametrize(
    ("processors", "memory", "guests"), [(2, 8000, 2), (8, 4000, 2), (4, 100, 1), (1, 99999, 1)]
)
def test_as_many_guests_as_processors_and_memory_hold(
    processors: int, memory: int, guests: int
) -> None:
    assert recommended(processors, memory) == guests


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
