"""Check kind ``random``: operations drawn from the run's seed, as data that can be played again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from grader.checks import resizing
from grader.checks.context import Outcome, Task, some_text
from grader.checks.operations import Operations
from grader.checks.say import echo
from grader.checks.sequence import Opens, with_device
from grader.checks.session import Session
from grader.rubric import schema

#: How often an operation of a random check with resizes is one.
RESIZES = 0.25


@dataclass(frozen=True)
class Write:
    text: bytes


@dataclass(frozen=True)
class Read:
    count: int


@dataclass(frozen=True)
class Resize:
    size: int


@dataclass(frozen=True)
class Cat:
    """Read all."""


Operation = Write | Read | Resize | Cat


def run_random(
    check: schema.RandomCheck,
    task: Task,
    session: Session,
    opens: Opens,
    again: tuple[Operation, ...] | None = None,
) -> Outcome:
    """Random writes and partial reads; never more stored than the capacity, whatever the policy.

    ``again``: these operations in place of new ones, as far as they are still allowed. The outcome
    has what was done as its ``operations``.
    """
    done: list[Operation] = []
    dice = task.random(check.id)

    def work(device: Operations) -> None:
        if again is not None:
            for operation in again:
                if _allowed(operation, device):
                    _do(operation, device, done)
            return
        if check.size is not None:
            _do(Resize(dice.randint(*check.size)), device, done)
        for _ in range(check.operations):
            _do(_draw(check, device, dice, task.settings.capacity), device, done)
        if not device.belief.must_be_empty():
            _do(Cat(), device, done)  # reading what is empty is consume's to try

    outcome = with_device(check, task, session, opens, work)
    return outcome.with_operations(tuple(done))


def _do(operation: Operation, device: Operations, done: list[Operation]) -> None:
    done.append(operation)
    match operation:
        case Write(text=text):
            device.write("shell", text + b"\n", echo(text, device.path))
        case Read(count=count):
            device.read("shell", count)
        case Resize(size=size):
            resizing.resize(device, "shell", size)
        case Cat():
            device.cat("shell")


def _room(device: Operations) -> int:
    newline = 1 if "keep" in device.belief.policies() else 0
    return device.belief.capacity() - device.belief.largest() - newline


def _allowed(operation: Operation, device: Operations) -> bool:
    """Whether it is one that could have been drawn here."""
    match operation:
        case Write(text=text):
            return len(text) <= _room(device)
        case Resize(size=size):
            return size >= max(1, device.belief.largest())
    return not device.belief.must_be_empty()


def _draw(
    check: schema.RandomCheck, device: Operations, dice: random.Random, first: int
) -> Operation:
    if check.resizes != "no" and dice.random() < RESIZES:
        size = _new_size(check.resizes, device, dice, first)
        if size is not None:
            return Resize(size)
    stored, room = device.belief.largest(), _room(device)
    if stored == 0 and room < 1:  # the newline that echo adds would not fit
        return Resize(first)
    if stored > 0 and (room <= 0 or dice.random() >= 0.55):
        return Read(dice.randint(1, stored + 2))
    length = room if dice.random() < 0.2 else dice.randint(1, max(1, room))
    return Write(some_text(max(1, length), dice))


def _new_size(way: str, device: Operations, dice: random.Random, first: int) -> int | None:
    """Larger, and never back: a smaller size is another criterion's. Or down to what is stored and
    a little more; then an empty buffer goes back to its first size, so that there is always
    something to do.
    """
    stored, size = device.belief.largest(), device.belief.capacity()
    if way == "grow":
        return size + dice.randint(1, 24)
    if stored == 0 and size != first:
        return first
    if 0 < stored < size:
        return dice.choice((stored, dice.randint(stored, size - 1)))
    return None
