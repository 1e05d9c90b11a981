"""How far readers and writers in the middle of their streams have come. They are only looked at:
a signal, or a read of the count, would have the module do something more.

A task that sleeps in read() or write() shows the call's arguments in /proc/PID/syscall. The agent
moves on in one buffer, the same in all its actors; where that begins, a call of our own shows.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass

from grader.checks.crowd import Job
from grader.checks.session import Session, where_in_module
from grader.guest.channel import ChannelClosed, Refused, TaskState, Unanswered
from grader.guest.protocol import calls
from grader.guest.protocol.constants import PART_SYSCALL

_PIPE = "/run/ringmark/pipe"
#: Bytes between where a request's path of an OPEN and its data of a WRITE_STREAM begin
#: (docs/protocol.md): operation and length, against operation, descriptor, piece and length.
_PATH_TO_DATA = (1 + 4 + 4 + 4) - (1 + 2)
#: Looks at a task that is about to sleep.
LOOKS = 50
_OPENAT, _OPEN = 257, 2


@dataclass(frozen=True)
class Buffers:
    """Where the agent's actors read into and write from; None: could not be found out."""

    reads: int | None = None
    writes: int | None = None


@dataclass(frozen=True)
class Look:
    """``done``: bytes of the stream's finished calls."""

    asleep: bool
    done: int | None
    function: str
    clock_ns: int


def find_buffers(session: Session) -> Buffers:
    """What cannot be found out is left out: the verdict does not need it."""
    channel, patience = session.guest.channel, session.patience
    reads = writes = None
    try:
        probe = channel.spawn()
        own = channel.call(probe, calls.ReadFile("/proc/thread-self/syscall"), patience.answer)
        reads = _argument(own.data.decode("ascii", "replace"), 1)
        node = calls.MakeNode(_PIPE, stat.S_IFIFO | 0o600, 0, 0)
        channel.call(probe, node, patience.answer)
        ticket = channel.start(probe, calls.Open(_PIPE, 0))  # nobody writes: it sleeps
        for _ in range(LOOKS):
            if channel.wait(ticket, 0.01) is not None:
                break
            state = channel.state(probe, patience.answer, PART_SYSCALL)
            number, _, _ = state.syscall.partition(" ")
            if number in {str(_OPENAT), str(_OPEN)}:
                path = _argument(state.syscall, 1 if number == str(_OPENAT) else 0)
                writes = None if path is None else path + _PATH_TO_DATA
                break
        channel.kill(probe)
    except (ChannelClosed, Unanswered, Refused):
        pass
    return Buffers(reads, writes)


def look(session: Session, job: Job, buffers: Buffers, module: str) -> Look | None:
    """At a stream that is not back; None: the guest does not say."""
    try:
        state = session.guest.channel.state(job.actor, session.patience.answer)
    except (ChannelClosed, Unanswered, Refused):
        return None
    place = where_in_module(state, module)
    return Look(
        asleep=state.state in "SD",
        done=_done(state, job, buffers),
        function=place[0] if place else "",
        clock_ns=state.clock_ns,
    )


def _done(state: TaskState, job: Job, buffers: Buffers) -> int | None:
    at = _argument(state.syscall, 1)
    match job.call:
        case calls.ReadStream(cap=most):
            base, number = buffers.reads, "0"
        case calls.WriteStream(data=data):
            base, number, most = buffers.writes, "1", len(data)
        case _:
            return None
    if at is None or base is None or state.syscall.partition(" ")[0] != number:
        return None
    return at - base if 0 <= at - base <= most else None


def _argument(syscall: str, number: int) -> int | None:
    """Of a line of /proc/PID/syscall: the call's number, then its arguments."""
    words = syscall.split()
    try:
        return int(words[1 + number], 16)
    except (IndexError, ValueError):
        return None
