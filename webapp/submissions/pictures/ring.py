"""The circular buffer before and after the step that went wrong.

Coordinates are SVG units in a box of :data:`BOX` by :data:`BOX`; the ring starts at the top and
goes round clockwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from grader.report import Buffer, Step

BOX = 200
RADIUS = 76
#: More places than this cannot be read in a ring.
MOST_PLACES = 40
#: Bytes of what was due and what came that are compared in a row.
MOST_COMPARED = 32
_NAMED = {10: "⏎", 32: "␣", 9: "⇥", 13: "↵", 0: "␀"}


@dataclass(frozen=True)
class Cell:
    """One place. ``state``: free, stored, or taken (by the step)."""

    x: float
    y: float
    text: str
    state: str


@dataclass(frozen=True)
class Hand:
    """Where the next read or write goes: an arrow from inside the ring."""

    kind: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Ring:
    cells: tuple[Cell, ...]
    cell_radius: float
    hands: tuple[Hand, ...]
    capacity: int
    stored: int
    content: str


@dataclass(frozen=True)
class Compared:
    """A byte that was due and the one that came; empty: there is none."""

    due: str
    came: str
    same: bool


@dataclass(frozen=True)
class RingPicture:
    """``compared``: what was due and what came, byte by byte, of a step that reads."""

    before: Ring
    after: Ring | None
    compared: tuple[Compared, ...]
    more: int


def ring_of(steps: Sequence[Step]) -> RingPicture | None:
    """Of the first step that is wrong; None if it is none on the buffer, or the buffer is too large
    to be drawn.
    """
    step = next((each for each in steps if each.ok is False), None)
    if step is None or step.before is None or not 0 < step.before.capacity <= MOST_PLACES:
        return None
    after = step.after if step.after and 0 < step.after.capacity <= MOST_PLACES else None
    compared, more = _compared(step)
    return RingPicture(
        before=_ring(step.before, taken=_taken(step)),
        after=_ring(after) if after else None,
        compared=compared,
        more=more,
    )


def _taken(step: Step) -> int:
    """How many of the oldest a right step takes out."""
    if step.got is None or step.before is None or step.after is None:
        return 0
    return len(step.before.content) - len(step.after.content)


def _ring(buffer: Buffer, taken: int = 0) -> Ring:
    places, stored = buffer.capacity, len(buffer.content)
    cells = []
    for place in range(places):
        number = (place - buffer.start) % places
        state = "free" if number >= stored else "taken" if number < taken else "stored"
        text = symbol(buffer.content[number]) if number < stored else ""
        x, y = _at(place, places, RADIUS)
        cells.append(Cell(x, y, text, state))
    return Ring(
        cells=tuple(cells),
        cell_radius=round(min(15.0, 0.92 * RADIUS * math.sin(math.pi / max(places, 4))), 2),
        hands=(
            _hand("read", buffer.start % places, places, -0.16),
            _hand("write", (buffer.start + stored) % places, places, 0.16),
        ),
        capacity=places,
        stored=stored,
        content="".join(symbol(char) for char in buffer.content),
    )


def _hand(kind: str, place: int, places: int, beside: float) -> Hand:
    """``beside``: a little to the left or right, so that both can point at one place."""
    shift = beside * min(1.0, 8 / places)
    x1, y1 = _at(place + shift, places, RADIUS * 0.34)
    x2, y2 = _at(place + shift, places, RADIUS * 0.70)
    return Hand(kind, x1, y1, x2, y2)


def _at(place: float, places: int, radius: float) -> tuple[float, float]:
    angle = 2 * math.pi * place / places
    return (
        round(BOX / 2 + radius * math.sin(angle), 2),
        round(BOX / 2 - radius * math.cos(angle), 2),
    )


def _compared(step: Step) -> tuple[tuple[Compared, ...], int]:
    """Lined up, so that one byte too many shifts nothing out of place."""
    if step.got is None or step.before is None:
        return (), 0
    due, came = step.before.content[: _taken(step)], step.got
    rows: list[Compared] = []
    for kind, i, j, k, m in SequenceMatcher(None, due, came, autojunk=False).get_opcodes():
        pairs = zip_longest(due[i:j], came[k:m], fillvalue="")
        rows += [Compared(symbol(a), symbol(b), kind == "equal") for a, b in pairs]
    return tuple(rows[:MOST_COMPARED]), max(0, len(rows) - MOST_COMPARED)


def symbol(char: str) -> str:
    """One visible character for any byte."""
    if not char:
        return ""
    code = ord(char)
    if code in _NAMED:
        return _NAMED[code]
    return char if 33 <= code < 127 else "·"
