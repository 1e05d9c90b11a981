"""The shortest sequence that still fails.

Each try costs a restored guest (a third of a second), so the tries are few and the largest cuts
come first. Hypothesis's shrinker assumes that a try costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Operation = TypeVar("Operation")
Failure = TypeVar("Failure")


def shorten(
    operations: Sequence[Operation],
    failure: Failure,
    fails: Callable[[tuple[Operation, ...]], Failure | None],
    tries: int,
) -> tuple[tuple[Operation, ...], Failure]:
    """Leave out what is not needed for ``fails`` to give a failure; ``failure`` is that of the
    whole. Returns the shortest found and its failure. ``fails`` is called ``tries`` times at most.

    Delta debugging (Zeller and Hildebrandt, 2002) from the front: a failing sequence ends with the
    step that shows it.
    """
    current = tuple(operations)
    size = max(1, len(current) // 2)
    while tries > 0 and len(current) > 1:
        at, cut = 0, False
        while at < len(current) and tries > 0:
            shorter = current[:at] + current[at + size :]
            if not shorter:
                break
            tries -= 1
            found = fails(shorter)
            if found is None:
                at += size
            else:
                current, failure, cut = shorter, found, True
        if size > 1:
            size //= 2
        elif not cut:
            break
    return current, failure
