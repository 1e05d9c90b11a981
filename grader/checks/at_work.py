"""Several readers and writers at work at once, each in a stream of calls."""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.checks.context import Task
from grader.checks.crowd import Crowd, Job
from grader.checks.device import open_device
from grader.checks.operations import Deviation
from grader.checks.say import Text, errno_name
from grader.checks.session import Session
from grader.checks.stage import AT_REST, STILL_BLOCKED
from grader.guest.protocol import calls
from grader.report import WrongByte
from grader.rubric import schema

#: Ends a reader's stream. No payload has it.
STOP = 0xFF
PROCESSORS = 2
ENDER = "ender"
#: What a call that does not wait returns (0: nothing at all): whoever wants more tries again.
PATIENT = (0, errno.EAGAIN, errno.ENOSPC)
MOST_RESTARTS = 5000


@dataclass(frozen=True)
class Writer:
    name: str
    sequence: bytes  # without newlines
    data: bytes  # in pieces, as it is written


@dataclass
class AtWork:
    """The streams under way, and what each reader has got so far. ``stop`` ends a reader's."""

    check: schema.StressCheck
    crowd: Crowd
    writers: Sequence[Writer]
    stop: bytes
    task: Task
    began: int = 0
    moved: Counter[str] = field(default_factory=Counter)
    wrong: WrongByte | None = None
    got: dict[str, bytes] = field(default_factory=dict)
    restarts: int = 0

    def start(self, path: str) -> bool:
        """Readers first, so that they are blocked when the first byte comes. Pinned in turn.

        False: about wake-ups, and the readers do not block at all.
        """
        check, session = self.check, self.crowd.session
        self.began = session.guest.channel.clock()
        for number in range(check.readers):
            name = f"reader-{number + 1}"
            session.spawn(name, number % PROCESSORS)
            _open(session, name, path, os.O_RDONLY)
            self.got[name] = b""
            self.crowd.start(name, self._reading())
        for number, writer in enumerate(self.writers):
            session.spawn(writer.name, (number + 1) % PROCESSORS)
            _open(session, writer.name, path, os.O_WRONLY)
        if check.judge == "wakeups":
            self.crowd.streams = False
            self.crowd.settle(lambda: True, lambda job: None)
            self.crowd.streams = True
            if any(job.seen is not None for job in self.crowd.jobs.values()):
                return False
        for writer in self.writers:
            self.crowd.start(writer.name, self._writing(writer.data))
        return True

    def finish(self, path: str) -> None:
        """Wait for the writers, then release the readers one by one."""
        crowd = self.crowd
        names = {writer.name for writer in self.writers}

        def written() -> bool:
            return not any(job.name in names for job in crowd.waiting())

        crowd.settle(lambda: False, self.took, until=written)
        if not written():
            _stalled(crowd)
        crowd.session.spawn(ENDER)
        _open(crowd.session, ENDER, path, os.O_WRONLY)
        for _ in range(4 * self.check.readers):
            if not crowd.waiting():
                return
            crowd.start(ENDER, self._writing(self.stop))
            due = len(crowd.waiting()) - 2

            def released(due: int = due) -> bool:
                return len(crowd.waiting()) <= due

            crowd.settle(lambda: False, self.took, until=released)
            if crowd.jobs[ENDER].seen is None:
                break
        if crowd.waiting():
            _stalled(crowd)

    def took(self, job: Job) -> None:
        """A stream is back. One that ended before its end goes on, if another criterion pays for
        what ended it: a read or write that does not block.
        """
        assert job.seen is not None
        done = max(0, job.seen.ret)
        self.moved[job.name] += done
        if isinstance(job.call, calls.WriteStream):
            rest = job.call.data[done:]
            if rest:
                self._again(job, "write()", done, self._writing(rest))
            return
        self.got[job.name] += job.seen.data
        if STOP not in job.seen.data:
            self._again(job, "read()", done, self._reading())

    def _again(self, job: Job, verb: str, done: int, call: calls.Call) -> None:
        assert job.seen is not None
        self.restarts += 1
        patient = job.seen.errno in PATIENT and self.restarts < MOST_RESTARTS
        if patient and (verb == "write()" or self.check.judge == "conserve"):
            self.crowd.start(job.name, call)
            return
        told = errno_name(job.seen.errno) if job.seen.errno else "0"
        action = Text(f"{verb} after {done} bytes", f"{verb} après {done} octets")
        self.crowd.session.note(job.name, action, seen=told, ok=False)
        raise Deviation(
            Text(f"{verb} of {job.name} returned {told} in the middle of its stream",
                 f"{verb} de {job.name} a renvoyé {told} au milieu de son flux")
        )  # fmt: skip

    @property
    def capacity(self) -> int:
        sized = self.task.attributes.size is not None
        return self.check.size if self.check.size and sized else self.task.settings.capacity

    def _reading(self) -> calls.ReadStream:
        return calls.ReadStream(calls.LAST_FD, self.check.count, STOP)

    def _writing(self, data: bytes) -> calls.WriteStream:
        return calls.WriteStream(calls.LAST_FD, self.check.piece, data)


def _open(session: Session, name: str, path: str, flags: int) -> None:
    descriptor = open_device(session, name, path, flags)
    if descriptor < 0:
        error = errno_name(-descriptor)
        raise Deviation(
            Text(f"opening {path} by several processes at once failed with {error}",
                 f"l'ouverture de {path} par plusieurs processus a échoué ({error})")
        )  # fmt: skip


def _stalled(crowd: Crowd) -> None:
    who = ", ".join(job.name for job in crowd.waiting())
    done = Text("everybody done", "tous ont fini")
    crowd.session.note(who, AT_REST, expected=done, seen=STILL_BLOCKED, ok=False)
    raise Deviation(
        Text(
            f"{who} stayed blocked for ever although the others had work for them: a wake-up was "
            "lost, or the count went wrong",
            f"{who} : bloqué sans fin alors qu'il y avait de quoi faire : un réveil a été perdu, "
            "ou le compte est devenu faux",
        )
    )
