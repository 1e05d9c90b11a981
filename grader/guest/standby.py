"""A guest that stands by: started and restored before anybody needs it, its processors stopped.

Starting the jail and QEMU and loading the devices is more than half of what a fresh guest costs,
and there is time for it before a submission comes and while one compiles.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass

from grader.errors import RingmarkError
from grader.guest.process import QemuProcess


@dataclass(frozen=True)
class Loaded:
    """A restored guest whose processors are stopped.

    ``timings``: seconds until QEMU greeted (``start``), and from there until its devices were
    loaded (``restore``).
    """

    process: QemuProcess
    timings: dict[str, float]


class Standby:
    """One guest beforehand. Thread-safe; of no use in a process that was forked afterwards, which
    then starts its own.
    """

    def __init__(self, load: Callable[[], AbstractContextManager[Loaded]]) -> None:
        """``load`` starts one, and ends it on leaving."""
        self._load = load
        self._lock = threading.Lock()
        self._owner = 0
        self._next: Future[tuple[ExitStack, Loaded]] | None = None
        self._starter: ThreadPoolExecutor | None = None

    def begin(self) -> None:
        """Start one, if none is there or under way. Does not wait."""
        with self._lock:
            if self._owner != os.getpid():  # the parent's guests and threads are the parent's
                self._owner, self._next = os.getpid(), None
                self._starter = ThreadPoolExecutor(1, "ringmark-standby")
            if self._next is None and self._starter is not None:
                self._next = self._starter.submit(self._start)

    def take(self, owned: ExitStack) -> Loaded | None:
        """The one that stands by, ``owned``'s to end from now on, and have another one started.
        None if there is none.
        """
        with self._lock:
            mine = self._owner == os.getpid()
            taken, self._next = (self._next, None) if mine else (None, self._next)
        if taken is None or taken.cancel():
            self.begin()
            return None
        loaded: Loaded | None = None
        with suppress(RingmarkError):  # who needs one now will be told by its own start
            stack, loaded = taken.result()
            owned.enter_context(stack)
        self.begin()
        return loaded if loaded and loaded.process.death() is None else None

    def close(self) -> None:
        """End it, and start no more."""
        with self._lock:
            if self._owner != os.getpid():
                return
            last, starter, self._next, self._starter = self._next, self._starter, None, None
        if last is not None and not last.cancel():
            with suppress(RingmarkError):
                last.result()[0].close()
        if starter is not None:
            starter.shutdown()

    def _start(self) -> tuple[ExitStack, Loaded]:
        owned = ExitStack()
        return owned, owned.enter_context(self._load())
