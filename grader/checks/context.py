"""What a check gets to know, and what it gives back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.build import Module
from grader.checks.attributes import Attributes
from grader.checks.device import Device, Surroundings
from grader.checks.say import Text
from grader.guest.channel import TaskState
from grader.guest.template import Template
from grader.kernel_reports import KernelReport
from grader.model import Policy
from grader.report import Step, Streams
from grader.rubric.schema import Settings
from grader.rubric.steps import Draw


@dataclass(frozen=True)
class Survey:
    """What the load check found out, for the checks after it.

    ``lines``: the interrupt lines that the module handles; ``interrupt``: the attribute that
    raises one.
    """

    before: Surroundings
    policies: frozenset[Policy]
    device: bool = True
    attributes: Attributes = field(default_factory=Attributes)
    lines: tuple[int, ...] = ()
    interrupt: str | None = None


@dataclass(frozen=True)
class Loaded:
    """A template of this submission's in which the module is loaded, and where its device is."""

    template: Template
    device: Device


@dataclass(frozen=True)
class Task:
    """The module to try and how: the same for all checks of one marking."""

    module: Module
    settings: Settings
    seed: int
    survey: Survey | None = None
    loaded: Loaded | None = None

    @property
    def attributes(self) -> Attributes:
        """Where the module has them, as far as is known by now."""
        return self.survey.attributes if self.survey else Attributes()

    def random(self, check: str) -> random.Random:
        """A generator of the check's own, so that checks can run in any order."""
        return random.Random(f"{self.seed}:{check}")  # noqa: S311 - repeatable on purpose


#: Bytes of init code that a module is taken to have at most: its size is nowhere to be read.
INIT_SPAN = 0x10000


@dataclass(frozen=True)
class Load:
    """Where the module lay in memory at one of its loads; ``sections`` maps a name to its address.

    A leak's backtrace points in here when the module is long gone.
    """

    low: int
    high: int
    sections: Mapping[str, int]

    def holds(self, address: int) -> bool:
        """Whether it points into the code, that of init included, which lies apart."""
        init = self.sections.get(".init.text", 0)
        return self.low <= address < self.high or 0 < init <= address < init + INIT_SPAN


@dataclass(frozen=True)
class Outcome:
    """What one experiment showed. ``reason`` is there exactly when it did not pass.

    ``in_use``: a call to the module ended it before what it is about could be tried. ``untried``:
    what it is about did not come up, so there is no verdict; ``reason`` says why.
    ``judged_reports``: (kind, title) of kernel reports that this check pays for itself.
    """

    reason: Text | None
    steps: tuple[Step, ...] = ()
    hung: TaskState | None = None
    guest_lost: bool = False
    in_use: bool = False
    untried: bool = False
    survey: Survey | None = None
    leaks: tuple[KernelReport, ...] = ()
    loads: tuple[Load, ...] = ()
    operations: tuple[Any, ...] = ()
    judged_reports: frozenset[tuple[str, str]] = frozenset()
    streams: Streams | None = None

    def with_operations(self, operations: tuple[Any, ...]) -> Outcome:
        """The same, with what can be played again (:mod:`grader.checks.random_sequence`)."""
        return replace(self, operations=operations)

    @property
    def passed(self) -> bool:
        return self.reason is None


ALPHABET = b"abcdefghijklmnopqrstuvwxyz0123456789"


def draw(wanted: Mapping[str, Draw], dice: random.Random) -> dict[str, bytes]:
    """The payloads of one check. Texts of up to 36 characters are distinct ones, all texts of a
    check together when there are enough, so that every character is known by where it came from.
    """
    pool: list[int] = []
    drawn = {}
    for name, kind in wanted.items():
        if kind.binary:
            drawn[name] = _binary(dice, dice.randint(*kind.binary))
            continue
        if kind.text is None:
            continue
        length = dice.randint(*kind.text)
        if length > len(ALPHABET):
            drawn[name] = some_text(length, dice)
            continue
        if length > len(pool):
            pool = dice.sample(list(ALPHABET), len(ALPHABET))
        drawn[name] = bytes(pool[:length])
        pool = pool[length:]
    return drawn


def draw_numbers(wanted: Mapping[str, Draw], dice: random.Random) -> dict[str, int]:
    """The numbers of one check."""
    return {name: dice.randint(*kind.number) for name, kind in wanted.items() if kind.number}


def some_text(length: int, dice: random.Random) -> bytes:
    """Letters and digits, all different when there are enough."""
    if length > len(ALPHABET):
        return bytes(dice.choices(ALPHABET, k=length))
    return bytes(dice.sample(list(ALPHABET), length))


def _binary(dice: random.Random, length: int) -> bytes:
    data = [dice.randrange(256) for _ in range(length)]
    # A newline in the middle is a byte like the others, only at the end it may go.
    newline = dice.randrange(length - 1)
    nul, top = dice.sample([place for place in range(length) if place != newline], 2)
    data[newline], data[nul], data[top] = ord("\n"), 0, 0xFF
    if data[-1] == ord("\n"):
        data[-1] = 0x80
    return bytes(data)
