"""The device of TP1 and TP2 as a model: a circular buffer that overwrites and never blocks.

A correct module has some freedom (what it does with a trailing newline, how much one read or
write transfers, what a failed read loses), so the model keeps every state that fits what was
seen: a *belief*. An observation that leaves no state is a deviation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

#: What a module does with the last byte of a write: see "The trailing newline" in the criteria.
Policy = Literal["strip", "keep", "drop-last"]

#: How what was read is compared with what is stored. ``bytes``: in order. ``bag``: the same bytes
#: in any order, for criteria that do not pay for order. ``lengths``: how many only. ``any``: not at
#: all, for criteria that only ask whether a read is true about itself.
Judge = Literal["bytes", "bag", "lengths", "any"]


#: What happens to bytes that do not fit: the oldest go, the newest do, or nothing is taken of a
#: write. Only the first is right, and only criteria that pay for it insist.
Overflow = Literal["overwrite", "truncate", "refuse"]

#: Sizes that must be taken when they hold the content; larger ones may be refused.
MUST_TAKE = 4096


@dataclass(frozen=True)
class Ring:
    """One possible state of the device.

    ``start`` is the place of the oldest byte, had the first one gone to place 0. A module is free
    in where it puts things, so it is for pictures only and makes no other state.
    """

    policy: Policy
    capacity: int
    content: bytes = b""
    overflow: Overflow = "overwrite"
    start: int = field(default=0, compare=False)

    def write(self, data: bytes) -> Ring:
        """After a write of ``data``."""
        kept = data
        if self.policy == "drop-last" or (self.policy == "strip" and data.endswith(b"\n")):
            kept = data[:-1]
        whole = self.content + kept
        if len(whole) <= self.capacity:
            return replace(self, content=whole)
        if self.overflow == "refuse":
            return self
        first = len(whole) - self.capacity if self.overflow == "overwrite" else 0
        kept_bytes = whole[first : first + self.capacity]
        return replace(self, content=kept_bytes, start=self._moved(first))

    def resize(self, size: int, *, taken: bool) -> Ring | None:
        """After a size (1 and more) was set, or refused; None: not allowed."""
        fits = size >= len(self.content)
        if taken:
            return replace(self, capacity=size, start=0) if fits else None
        return self if not fits or size > MUST_TAKE else None

    def read(self, asked: int, got: bytes, judge: Judge) -> Ring | None:
        """After a read that was asked for ``asked`` bytes and gave ``got``; None: not allowed."""
        after = replace(self, content=self.content[len(got) :], start=self._moved(len(got)))
        if judge == "any":
            return after
        if len(got) > asked or len(got) > len(self.content):
            return None
        if not got:
            return self if not self.content or asked == 0 else None
        if judge == "bag":
            return self._without(got)
        return None if judge == "bytes" and self.content[: len(got)] != got else after

    def _without(self, got: bytes) -> Ring | None:
        """After these bytes came, in any order; None: not all of them were there."""
        left = Counter(self.content)
        left.subtract(got)
        if min(left.values()) < 0:
            return None
        return replace(self, content=bytes(left.elements()), start=self._moved(len(got)))

    def _moved(self, places: int) -> int:
        return (self.start + places) % self.capacity if self.capacity else 0


@dataclass(frozen=True)
class Belief:
    """Every state the device may be in, given what was done and seen. Never empty."""

    rings: tuple[Ring, ...]

    def write(self, data: bytes) -> Belief:
        return _belief(ring.write(data) for ring in self.rings)

    def read(self, asked: int, got: bytes, judge: Judge = "bytes") -> Belief | None:
        """None when no state allows what was read."""
        return self._those(ring.read(asked, got, judge) for ring in self.rings)

    def resize(self, size: int, *, taken: bool) -> Belief | None:
        """None when no state allows that ``size`` was taken, or refused."""
        return self._those(ring.resize(size, taken=taken) for ring in self.rings)

    def counted(self, count: int) -> Belief | None:
        """The states that hold ``count`` bytes; None if there is none."""
        return self._those(ring if len(ring.content) == count else None for ring in self.rings)

    def sized(self, size: int) -> Belief | None:
        """The states of that capacity; None if there is none."""
        return self._those(ring if ring.capacity == size else None for ring in self.rings)

    def _those(self, rings: Iterable[Ring | None]) -> Belief | None:
        allowed = [ring for ring in rings if ring is not None]
        return _belief(allowed) if allowed else None

    def failed_read(self, asked: int) -> Belief:
        """After a read that failed on the caller's memory: bytes it had taken may be lost."""
        return _belief(
            replace(ring, content=ring.content[lost:])
            for ring in self.rings
            for lost in range(min(asked, len(ring.content)) + 1)
        )

    def largest(self) -> int:
        """The most bytes that may be stored now."""
        return max(len(ring.content) for ring in self.rings)

    def counts(self) -> tuple[int, ...]:
        """How many bytes may be stored, in rising order."""
        return tuple(sorted({len(ring.content) for ring in self.rings}))

    def capacity(self) -> int:
        """The smallest size that may be set now."""
        return min(ring.capacity for ring in self.rings)

    def may_be_empty(self) -> bool:
        return any(not ring.content for ring in self.rings)

    def must_be_empty(self) -> bool:
        return all(not ring.content for ring in self.rings)

    def contents(self) -> tuple[bytes, ...]:
        """What may be stored, each possibility once, in a fixed order."""
        return tuple(sorted({ring.content for ring in self.rings}))

    def policies(self) -> frozenset[Policy]:
        return frozenset(ring.policy for ring in self.rings)


def start(
    policies: Iterable[Policy], capacity: int, overflow: Iterable[Overflow] = ("overwrite",)
) -> Belief:
    """A freshly loaded device: empty, its newline policy one of ``policies``."""
    kinds = tuple(overflow)
    return _belief(Ring(policy, capacity, b"", kind) for policy in policies for kind in kinds)


def _belief(rings: Iterable[Ring]) -> Belief:
    unique = tuple(dict.fromkeys(rings))
    if not unique:
        raise ValueError("a belief needs at least one state")
    return Belief(unique)
