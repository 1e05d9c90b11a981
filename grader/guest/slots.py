"""How many guests run at once on this host, whichever process started them.

A guest keeps a processor busy. Marking several submissions side by side fills the gaps that each
leaves (compiling, the last check), if their guests together are not more than the processors:
then all only get slower, and those of two processors most.

System V semaphores, for three things that files and pipes do not give together: a waiter sleeps
until its turn, takes several at once, and what a killed process held is given back (``SEM_UNDO``,
semop(2)).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import sysv_ipc


class Slots:
    """So many places for guests, shared by all processes of this user that name the same ``pool``
    and number. Thread-safe. Whoever asks first is served first.
    """

    def __init__(self, count: int, pool: str = "guests") -> None:
        self.count = count
        self._free = _semaphore(f"{pool} {count} free", count)
        self._turn = _semaphore(f"{pool} {count} turn", 1)

    @contextmanager
    def take(self, wanted: int) -> Iterator[None]:
        """Wait for as many places, all of them at most, and hold them for the block."""
        taken = min(wanted, self.count)
        # One waits for places, the others for it: many small guests cannot pass a big one for ever.
        _acquire(self._turn, 1)
        try:
            _acquire(self._free, taken)
        finally:
            self._turn.release()
        try:
            yield
        finally:
            self._free.release(taken)

    def remove(self) -> None:
        """Forget the pool. Who waits for it fails: for tests, and nobody else."""
        self._free.remove()
        self._turn.remove()


def _semaphore(name: str, value: int) -> sysv_ipc.Semaphore:
    """The kernel gives these numbers for names. Who opens one that is not filled yet just waits."""
    digest = hashlib.sha256(f"ringmark {os.getuid()} {name}".encode()).digest()
    key = int.from_bytes(digest[:4], "big") & 0x7FFFFFFF or 1
    try:
        semaphore = sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, mode=0o600, initial_value=value)
    except sysv_ipc.ExistentialError:
        semaphore = sysv_ipc.Semaphore(key)
    semaphore.undo = True
    return semaphore


def _acquire(semaphore: sysv_ipc.Semaphore, delta: int) -> None:
    while True:
        try:
            semaphore.acquire(None, delta)
            return
        except sysv_ipc.ExistentialError:
            raise
        except sysv_ipc.Error:  # a signal came in between, and its handler let us go on
            continue
