"""When a task that uses the processor in its call counts as waiting there."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from grader.checks.crowd import BUSY_TICKS, PRINTING_TICKS, Crowd
from grader.checks.session import Session
from grader.guest.channel import Actor, Observation, TaskState, Ticket
from grader.guest.console import Console
from grader.guest.guest import Guest
from grader.guest.protocol import calls

READ = calls.Read(3, 16, guard=0)
CAME_BACK = Observation(ret=5, errno=0, data=b"", started_ns=0, ended_ns=0)
#: Processor time (1/100 s) that the task uses from one look to the next.
PACE = 3


class BusyGuest:
    """One task in a call, busy at each look, that is back after ``looks`` of them. It prints a line
    before each of the first ``lines`` looks.
    """

    def __init__(self, looks: int, lines: int) -> None:
        self.console = Console()
        self.channel = self
        self.looks, self.lines, self.seen = looks, lines, 0

    def now(self) -> float:
        return 1000.0 + self.seen

    def spawn(self, cpu: int | None = None) -> Actor:
        return Actor(1, 45)

    def start(self, actor: Actor, call: calls.Call) -> Ticket:
        return Ticket(1 if call == READ else 2, 0, actor.id, str(call))

    def wait(self, ticket: Ticket, seconds: float) -> Observation | None:
        is_watcher = ticket.number == 2
        return CAME_BACK if is_watcher or self.seen >= self.looks else None

    def state(self, actor: Actor, seconds: float, parts: int = 0) -> TaskState:
        self.seen += 1
        if self.seen <= self.lines:
            self.console.feed(b"the kernel has more to say\n")
        return replace(BUSY, stime=PACE * self.seen, host=PACE * self.seen / 100)


BUSY = TaskState(
    pid=45, alive=True, state="R", wchan="0", stack="", syscall="", utime=0, stime=0, voluntary=1,
    involuntary=1, exit_status=None, clock_ns=0, host=0.0,
)  # fmt: skip


def settled(guest: BusyGuest) -> bool:
    """Whether the call came back before its task was taken for waiting."""
    crowd = Crowd(Session(cast(Guest, guest)))
    job = crowd.start("reader", READ)
    crowd.settle(lambda: True, lambda job: None)
    assert job.waited == (job.seen is None)
    return job.seen is not None


def test_who_only_burns_the_processor_waits_that_way() -> None:
    assert not settled(BusyGuest(looks=10**6, lines=0))


@pytest.mark.parametrize("looks", [BUSY_TICKS // PACE * 4, PRINTING_TICKS // PACE])
def test_a_report_being_printed_is_no_waiting(looks: int) -> None:
    """Seen with a module of the corpus: its first read drew a warning, whose printing took longer
    than a task may be busy. The newline that it keeps was taken for one that it invents.
    """
    assert settled(BusyGuest(looks=looks, lines=looks))


def test_who_prints_without_end_waits_that_way_too() -> None:
    assert not settled(BusyGuest(looks=10**6, lines=10**6))
