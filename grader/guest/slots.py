"""How many guests run at once on this host, whichever process started them.

A guest keeps a processor busy. Submissions that are marked side by side fill the gaps that each
leaves (compiling, the last check), if their guests together are not many more than the processors:
then all only get slower.

A System V semaphore, for two things that files and pipes do not give together: a waiter sleeps
until its turn, and what a killed process held is given back (``SEM_UNDO``, semop(2)).
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from grader.guest.semaphore import Semaphore

#: Seconds after which a waiter looks whether its own process has nothing running any more. It waits
#: for either of two things; only one of them can wake it.
LOOK_EVERY = 0.1


class Slots:
    """So many places for guests, shared by all processes of this user that name the same ``pool``
    and number. Thread-safe.

    The first guest of a process needs no place: a submission whose guests hang, and hold places for
    minutes, slows the others down and never stops them. So there are at most as many guests as
    places and processes, less one.
    """

    def __init__(self, count: int, pool: str = "guests") -> None:
        self.count = count
        self._first = threading.Lock()
        self._waits = threading.local()
        self._free = Semaphore(_key(f"{pool} {count}"), count)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a place, or to be the only guest of this process; hold it for the block."""
        began = time.monotonic()
        is_first, has_place = self._first.acquire(blocking=False), False
        if is_first:
            has_place = self._free.take(0)
        while not (is_first or has_place):
            has_place = self._free.take(LOOK_EVERY)
            is_first = not has_place and self._first.acquire(blocking=False)
        self._waits.seconds = self.waited() + time.monotonic() - began
        try:
            yield
        finally:
            if has_place:
                self._free.give()
            if is_first:
                self._first.release()

    def waited(self) -> float:
        """Seconds that this thread has waited for places so far."""
        return float(getattr(self._waits, "seconds", 0.0))

    def remove(self) -> None:
        """Forget the pool. Who waits for it fails: for tests, and nobody else."""
        self._free.remove()


def _key(name: str) -> int:
    """The kernel takes numbers for names; 0 would mean a private one (semget(2))."""
    digest = hashlib.sha256(f"ringmark {os.getuid()} {name}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF or 1
