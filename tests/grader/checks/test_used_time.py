"""Processor time that a task has used: what its guest says, and never more than its guest had."""

from __future__ import annotations

from grader.checks.session import used
from grader.guest.channel import TaskState

#: What a guest said at the start of a call: its counters in 1/100 s. ``host``: what it had run.
FIRST = TaskState(
    pid=45, alive=True, state="R", wchan="0", stack="", syscall="", utime=3, stime=7, voluntary=1,
    involuntary=1, exit_status=None, clock_ns=0, host=20.0,
)  # fmt: skip


def later(stime: int, host: float) -> TaskState:
    return TaskState(**{**vars(FIRST), "stime": stime, "host": host})


def test_a_guest_that_had_its_time_is_believed() -> None:
    assert used(FIRST, later(stime=507, host=26.0)) == 500


def test_what_the_host_kept_from_it_does_not_count() -> None:
    """Seen with insmod of a correct module: 5 s by the guest's counters, 0.1 s on the host's
    processors. It was taken for an endless loop.
    """
    assert used(FIRST, later(stime=507, host=20.1)) == 10
