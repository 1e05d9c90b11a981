"""The clock of a guest's deadlines: it does not count what the guest waited for the host.

On a busy host a guest may get a tenth of a processor. It then answers ten times later and does
nothing else than it would have done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

#: Seconds between two looks at the host's figures.
LOOK_EVERY = 0.02
#: Of any time, so much may not count: the clock never stands still.
MOST_LOST = 0.95


class GuestClock:
    """Seconds that a guest had, or could have had had it wanted to, on one of the host's
    processors: ``time.monotonic()`` without what its threads waited in the host's run queues.
    Thread-safe.
    """

    def __init__(self, process: int) -> None:
        """``process`` is the id of the jail around QEMU, or of QEMU itself."""
        self._process = process
        self._began = self._looked = time.monotonic()
        self._lost = self._ran = 0.0

    def __call__(self) -> float:
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            ran, waited = _figures(self._process)
            self._ran = max(self._ran, ran)
            self._lost = max(self._lost, min(waited, MOST_LOST * (now - self._began)))
        return now - self._lost

    def ran(self) -> float:
        """Seconds that the busiest of its threads has run: no task in it has run for longer,
        whatever the guest says: it takes a pause for its own time.
        """
        self()
        return self._ran


def _figures(process: int) -> tuple[float, float]:
    """The most that a thread has run, and the most that one has waited."""
    figures = [_schedstat(thread) for thread in threads(process)]
    return max((ran for ran, _ in figures), default=0.0), max((w for _, w in figures), default=0.0)


def threads(process: int) -> Iterator[Path]:
    """Every thread of a process and of those that it started."""
    try:
        own = list(Path(f"/proc/{process}/task").iterdir())
        children = [(thread / "children").read_text() for thread in own]
    except OSError:
        return
    yield from own
    for child in " ".join(children).split():
        yield from threads(int(child))


def _schedstat(thread: Path) -> tuple[float, float]:
    """Seconds on a processor and in a run queue (Documentation/scheduler/sched-stats.rst); 0 where
    the host does not say.
    """
    try:
        ran, waited = (thread / "schedstat").read_text().split()[:2]
        return int(ran) / 1e9, int(waited) / 1e9
    except (OSError, ValueError):
        return 0.0, 0.0
