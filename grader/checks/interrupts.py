"""The module's interrupt line: who handles it, how often it came, and which attribute raises it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.checks.context import Task
from grader.checks.device import LOOKER
from grader.checks.sequence import load_module
from grader.checks.session import Lost, Session
from grader.checks.stage import Stage
from grader.errors import RingmarkError
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls

_TABLE = "/proc/interrupts"
#: ``11:  0  0  IO-APIC  11-edge  name, name``: number, a count for each processor, the rest.
_ROW = re.compile(r"^\s*(\d+):((?:\s+\d+)+)\s+(.*)$", re.MULTILINE)
#: Attributes that are tried at most.
MOST_TRIED = 8
#: What is read from a device while its interrupt is looked for.
READ = 4


@dataclass(frozen=True)
class Line:
    """A row of /proc/interrupts: ``count`` over all processors, ``tail`` with the handlers."""

    count: int
    tail: str


def interrupt_lines(session: Session) -> dict[int, Line]:
    """All numbered lines that have a row."""
    text = session.call(LOOKER, calls.ReadFile(_TABLE)).data.decode("utf-8", "replace")
    return {
        int(number): Line(sum(map(int, counts.split())), tail.strip())
        for number, counts, tail in _ROW.findall(text)
    }


def new_lines(before: dict[int, Line], after: dict[int, Line]) -> tuple[int, ...]:
    """Lines that somebody has come to handle meanwhile."""
    return tuple(
        number
        for number, line in sorted(after.items())
        if number not in before or before[number].tail != line.tail
    )


def find_attribute(task: Task, hypervisor: Hypervisor) -> str | None:
    """The attribute that raises the interrupt, looked for in guests of its own: the one that the
    rubric names; else one that raises one; else one that releases a blocked task; else the only
    one that there is.

    Raises:
        PlatformFault: a guest could not be had.
    """
    assert task.survey is not None
    settings = task.settings.interrupt
    others = task.survey.attributes.others[:MOST_TRIED]
    wanted = settings.attribute if settings else None
    named = [path for path in others if path.rpartition("/")[2] == wanted]
    if named or len(others) < 2:
        return next(iter([*named, *others]), None)
    tried = [(path, _try(path, task, hypervisor)) for path in others]
    for best in ("raised", "released"):
        for path, did in tried:
            if did == best:
                return path
    return None


def _try(path: str, task: Task, hypervisor: Hypervisor) -> str:
    """What writing to an attribute does while a reader is blocked."""
    template = task.loaded.template if task.loaded else None
    with hypervisor.restore(template=template) as guest:
        session = Session(guest)
        try:
            device = task.loaded.device if task.loaded else load_module(task, session)
            before = interrupts_so_far(session, task)
            stage = Stage.on(device.path, task, session, "attributes", "interrupt")
            stage.read("reader", READ)
            session.call("trigger", calls.WriteFile(path, b"1\n"))
            if interrupts_so_far(session, task) > before:
                return "raised"
            stage.settle()
            return "released" if not stage.crowd.waiting() else "nothing"
        except (Lost, RingmarkError):
            return "nothing"


def interrupts_so_far(session: Session, task: Task) -> int:
    """How many have come on the lines that the module handles, on all processors."""
    assert task.survey is not None
    lines = interrupt_lines(session)
    return sum(lines[number].count for number in task.survey.lines if number in lines)
