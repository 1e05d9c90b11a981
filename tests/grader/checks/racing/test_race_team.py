"""What the one who sets the size sets."""

from __future__ import annotations

import pytest

from grader.checks.race_team import sizes_for


@pytest.mark.parametrize("capacity", [*range(1, 130), 999, 4096])
def test_the_sizes_set_have_one_length_and_neither_is_0(capacity: int) -> None:
    usual, other = sizes_for(capacity)

    assert usual == capacity != other > 0
    assert len(str(usual)) == len(str(other))
