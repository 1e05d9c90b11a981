"""What the agent answers. Everything is an observation; whether it is right is decided elsewhere.

Every number and text here came from a kernel that a student's module may have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.guest.protocol.constants import (
    MAX_DATA,
    NONE,
    STEP_CALL,
    STEP_OPEN,
    STEP_PREPARE,
)
from grader.guest.protocol.errors import ProtocolViolation, Refused
from grader.guest.protocol.fields import Fields

Step = Literal["call", "open", "prepare"]
_STEPS: dict[int, Step] = {STEP_CALL: "call", STEP_OPEN: "open", STEP_PREPARE: "prepare"}


@dataclass(frozen=True)
class Hello:
    """``clock_ns`` is the guest's CLOCK_MONOTONIC; ``cpus`` how many the agent may use."""

    version: int
    pid: int
    cpus: int
    release: str
    clock_ns: int


@dataclass(frozen=True)
class Observation:
    """What one call came to. ``errno`` is 0 unless ``ret`` is negative; times are the guest's.

    ``died`` is the actor's wait status when it died instead of answering. ``step`` says what
    ``ret`` and ``errno`` belong to where one call makes several system calls: the call itself,
    the opening before it, or something that had to be prepared and was not.
    """

    ret: int
    errno: int
    data: bytes
    started_ns: int
    ended_ns: int
    died: int | None = None
    step: Step = "call"


@dataclass(frozen=True)
class TaskState:
    """An actor as /proc shows it. Times in clock ticks; ``state`` is 'X' once it has been reaped.

    ``exit_status`` is the wait status of a dead actor; ``pending`` counts its unanswered calls;
    ``host`` is what the guest itself had run by then, in seconds of the host's processor.
    """

    pid: int
    alive: bool
    state: str
    wchan: str
    stack: str
    syscall: str
    utime: int
    stime: int
    voluntary: int
    involuntary: int
    exit_status: int | None
    clock_ns: int
    pending: int = 0
    host: float = 0.0


def decode_hello(payload: bytes) -> Hello:
    fields = Fields(payload)
    version, pid, cpus, clock_ns = fields.unpack("IIIQ")
    release = fields.text()
    fields.finish()
    return Hello(version, pid, cpus, release, clock_ns)


def decode_spawn(payload: bytes) -> int:
    """The new actor's pid."""
    fields = Fields(payload)
    (pid,) = fields.unpack("I")
    fields.finish()
    return pid


def decode_clock(payload: bytes) -> int:
    """The guest's CLOCK_MONOTONIC in nanoseconds."""
    fields = Fields(payload)
    (clock_ns,) = fields.unpack("Q")
    fields.finish()
    return clock_ns


def decode_kill(payload: bytes) -> int:
    """0 or the errno of kill(2)."""
    fields = Fields(payload)
    (error,) = fields.unpack("I")
    fields.finish()
    return error


def decode_put(payload: bytes) -> None:
    Fields(payload).finish()


def decode_observation(payload: bytes) -> Observation:
    fields = Fields(payload)
    ret, error, died, step, started, ended, length = fields.unpack("qiiBQQI")
    if length > MAX_DATA or step not in _STEPS or died < NONE:
        raise ProtocolViolation(
            f"the agent's answer to a call has data of {length} bytes, step {step}, status {died}"
        )
    data = fields.take(length)
    fields.finish()
    return Observation(
        ret, error, data, started, ended, None if died == NONE else died, _STEPS[step]
    )


def decode_state(payload: bytes) -> TaskState:
    fields = Fields(payload)
    pid, alive, letter, pending, status = fields.unpack("IBBHi")
    utime, stime, voluntary, involuntary, clock_ns = fields.unpack("QQQQQ")
    wchan, stack, syscall = fields.text(), fields.text(), fields.text()
    fields.finish()
    if alive not in (0, 1) or not 0x20 < letter < 0x7F:
        raise ProtocolViolation(f"the agent gave a task state of {alive}, {letter}")
    return TaskState(
        pid=pid,
        alive=bool(alive),
        state=chr(letter),
        wchan=wchan,
        stack=stack,
        syscall=syscall,
        utime=utime,
        stime=stime,
        voluntary=voluntary,
        involuntary=involuntary,
        exit_status=None if status == NONE else status,
        clock_ns=clock_ns,
        pending=pending,
    )


def decode_error(payload: bytes) -> Refused:
    """The agent's ERROR as an exception, for the caller to raise."""
    fields = Fields(payload)
    code, error = fields.unpack("Hi")
    message = fields.text()
    fields.finish()
    why = f" (errno {error})" if error else ""
    return Refused(f"the agent in the guest refused: {message}{why}", code, error)
