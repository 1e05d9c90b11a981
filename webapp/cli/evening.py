"""A deadline evening, simulated: so many students press the button within minutes, so many workers
mark. How long does each wait for the mark?

Assumptions: students come at times drawn evenly from the window, independent of each other; each
hands in ``tries`` times, the next time ``pause`` seconds after the mark of the last; a worker takes
the one that waits longest and marks it in a time drawn from measured ones, whoever else marks;
nothing fails, nothing equals anything else, no regrade runs. Workers on the same processors are not
independent: give times measured with as many as there will be.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.cli.web_bench import percentile


@dataclass(frozen=True)
class Evening:
    """Seconds. ``service``: measured times of a marking, drawn from with replacement."""

    students: int
    workers: int
    window: float
    service: Sequence[float]
    tries: int = 1
    pause: float = 300.0


@dataclass(frozen=True)
class Waits:
    """Seconds from the button to the mark; ``over``: from the first button to the last mark."""

    median: float
    slow: float
    longest: float
    over: float


def simulate(evening: Evening, seed: int = 1) -> Waits:
    """The same seed gives the same evening.

    Raises:
        ValueError: nobody, no worker or no measured time.
    """
    if not (evening.students > 0 and evening.workers > 0 and evening.service):
        raise ValueError("an evening needs students, workers and measured times")
    rng = random.Random(seed)  # noqa: S311  (draws times, guards nothing)
    come = [(rng.uniform(0, evening.window), 1) for _ in range(evening.students)]
    heapq.heapify(come)
    free = [0.0] * evening.workers
    waits = []
    first, last = come[0][0], 0.0
    # The earliest to come is served by the worker that is free earliest: first come, first served.
    while come:
        came, number = heapq.heappop(come)
        done = max(came, heapq.heappop(free)) + rng.choice(evening.service)
        heapq.heappush(free, done)
        waits.append(done - came)
        last = max(last, done)
        if number < evening.tries:
            heapq.heappush(come, (done + evening.pause, number + 1))
    return Waits(
        median=percentile(waits, 50),
        slow=percentile(waits, 99),
        longest=max(waits),
        over=last - first,
    )
