"""A blocking channel as a ledger: what was given, what came out, and who may be waiting.

Several tasks use the channel at once, so what is stored in which order is not known; how much is
can be. A reader may be blocked only while nothing is stored, a writer only while there is no
room. Order is not looked at here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What is wrong: a name for each thing, put into words elsewhere.
Problem = Literal[
    "asleep-with-bytes",
    "asleep-with-room",
    "deadlock",
    "overfull",
    "never-written",
]


@dataclass
class Ledger:
    """``keeps``: whether a trailing newline is stored. ``capacity`` in bytes."""

    capacity: int
    keeps: bool
    given: Counter[int] = field(default_factory=Counter)
    stored: int = 0

    def payload(self, data: bytes) -> bytes:
        """What of a whole write is stored."""
        return data if self.keeps or not data.endswith(b"\n") else data[:-1]

    def wrote(self, data: bytes) -> None:
        """A write call that took all of ``data`` has returned."""
        kept = self.payload(data)
        self.given.update(kept)
        self.stored += len(kept)

    def read(self, data: bytes, writing: Collection[bytes] = ()) -> Problem | None:
        """A read has returned ``data``; ``writing`` is what blocked writers have on their hands,
        any part of which may be stored.
        """
        left = self.given.copy()
        for pending in writing:
            left.update(pending)
        left.subtract(data)
        if left and min(left.values()) < 0:
            self.stored -= len(data)  # whatever it was, there is room for so much now
            return "never-written"
        self.given.subtract(data)
        self.stored -= len(data)
        return None

    def problem(self, readers: int, writing: Mapping[str, bytes]) -> Problem | None:
        """What is wrong with ``readers`` being blocked, and writers with this on their hands."""
        room = self.capacity - self.stored
        # A writer whose last byte is stored returns: at least one is still in its hands.
        most = sum(max(0, len(self.payload(data)) - 1) for data in writing.values())
        if room < 0:
            return "overfull"
        if readers and writing:
            return "deadlock"
        if writing and room > most:
            return "asleep-with-room"
        if readers and self.stored > 0:
            return "asleep-with-bytes"
        return None

    def lose_excess(self) -> None:
        """What was written over or dropped: which bytes is not known."""
        self.stored = min(self.stored, self.capacity)
