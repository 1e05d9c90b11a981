"""Check kind ``stress``: several writers and readers at once on two processors."""

from __future__ import annotations

import errno
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.checks.attributes import read_number
from grader.checks.context import Outcome, Task
from grader.checks.crowd import Crowd, Job
from grader.checks.device import open_device
from grader.checks.operations import Deviation
from grader.checks.say import Text, errno_name
from grader.checks.sequence import load_module, lost_outcome
from grader.checks.session import Lost, Session
from grader.checks.stage import AT_REST, STILL_BLOCKED
from grader.checks.waiting_words import nobody_waited
from grader.guest.protocol import calls
from grader.model.shuffle import is_shuffle
from grader.rubric import schema
from grader.texts import same

#: Ends a reader's stream. No payload has it.
STOP = 0xFF
#: What the writers' texts are made of: each writer has letters of its own.
SYMBOLS = bytes(range(0x21, 0x7F))
PROCESSORS = 2
_ALL = Text("all", "tous")
_COMPARE = Text("compare", "comparaison")
ENDER = "ender"
#: What a call that does not wait returns (0: nothing at all): whoever wants more tries again.
PATIENT = (0, errno.EAGAIN, errno.ENOSPC)
MOST_RESTARTS = 5000


@dataclass(frozen=True)
class _Writer:
    name: str
    sequence: bytes  # without newlines
    data: bytes  # in pieces, as it is written


def run_stress(check: schema.StressCheck, task: Task, session: Session) -> Outcome:
    """All writers' bytes must come out of the readers, each once."""
    assert task.survey is not None, "the load check comes first"
    try:
        device = load_module(task, session)
        starts_at_0 = _count(task, session) == 0
        _set_size(check, task, session)
        streams = _Streams(
            check,
            Crowd(session, streams=True),
            _writers(check, task.random(check.id)),
            # A newline that is kept would overwrite the byte before it, where that is what is wrong
            # and the size is 1.
            stop=bytes([STOP]) if task.survey.policies == {"keep"} else bytes([STOP]) + b"\n",
        )
        if not streams.start(device.path):
            return Outcome(nobody_waited(), tuple(session.steps), untried=True)
        action = Text(
            f"{check.writers} writers and {check.readers} readers at once",
            f"{check.writers} écrivains et {check.readers} lecteurs à la fois",
        )
        session.note(_ALL, action)
        streams.finish(device.path)
        if check.judge == "conserve":
            _conserved(session, streams)
            if starts_at_0:
                _count_is_0(task, session)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(None, tuple(session.steps))


def _set_size(check: schema.StressCheck, task: Task, session: Session) -> None:
    assert task.survey is not None
    path = task.survey.attributes.size
    if check.size is None or path is None:
        return
    seen = session.call("shell", calls.WriteFile(path, b"%d\n" % check.size))
    session.note("shell", f"echo {check.size} > {path}", seen=str(seen.ret))


def _writers(check: schema.StressCheck, dice: random.Random) -> list[_Writer]:
    """Each writer's text goes round and round its own letters, so that a gap shows."""
    letters = dice.sample(list(SYMBOLS), len(SYMBOLS))
    share = len(letters) // check.writers
    writers = []
    for number in range(check.writers):
        own = bytes(letters[number * share : (number + 1) * share])
        sequence = (own * (check.volume // share + 1))[: check.volume]
        body = check.piece - 1
        lines = [sequence[at : at + body] + b"\n" for at in range(0, len(sequence), body)]
        writers.append(_Writer(f"writer-{number + 1}", sequence, b"".join(lines)))
    return writers


@dataclass
class _Streams:
    """The streams under way, and what each reader has got so far. ``stop`` ends a reader's."""

    check: schema.StressCheck
    crowd: Crowd
    writers: Sequence[_Writer]
    stop: bytes
    got: dict[str, bytes] = field(default_factory=dict)
    restarts: int = 0

    def start(self, path: str) -> bool:
        """Readers first, so that they are blocked when the first byte comes. Pinned in turn.

        False: about wake-ups, and the readers do not block at all.
        """
        check, session = self.check, self.crowd.session
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


def _conserved(session: Session, streams: _Streams) -> None:
    """Every byte once, and each writer's in order over all readers."""
    beside = bytes([STOP]) + b"\n"
    came = [data.translate(None, beside) for data in streams.got.values()]
    got = Counter(b"".join(came))
    due = Counter(b"".join(writer.sequence for writer in streams.writers))
    lost, extra = (due - got).total(), (got - due).total()
    if lost or extra:
        seen = Text(
            f"{lost} bytes lost, {extra} twice or out of nowhere, of {due.total()}",
            f"{lost} octets perdus, {extra} en double ou venus de nulle part, sur {due.total()}",
        )
        once = Text("every byte once", "chaque octet une fois")
        session.note(_ALL, _COMPARE, expected=once, seen=seen, ok=False)
        raise Deviation(Text(f"with several at once, {seen.en}", f"à plusieurs, {seen.fr}"))
    for writer in streams.writers:
        own = set(writer.sequence)
        parts = [bytes(byte for byte in data if byte in own) for data in came]
        if not is_shuffle(writer.sequence, parts):
            session.note(
                writer.name,
                _COMPARE,
                expected=Text("in order", "dans l'ordre"),
                seen=Text("out of order", "dans le désordre"),
                ok=False,
            )
            raise Deviation(
                Text(f"the bytes of {writer.name} did not come out in the order it wrote them",
                     f"les octets de {writer.name} ne sont pas sortis dans l'ordre d'écriture")
            )  # fmt: skip
    right = Text("every byte once, in order", "chaque octet une fois, dans l'ordre")
    session.note(_ALL, _COMPARE, expected=right, seen=right, ok=True)


def _count(task: Task, session: Session) -> int | None:
    """What the count attribute shows; None if there is none, or no number in it."""
    path = task.survey.attributes.count if task.survey else None
    return None if path is None else read_number(session, path)


def _count_is_0(task: Task, session: Session) -> None:
    assert task.survey is not None
    path = task.survey.attributes.count
    count = _count(task, session)
    shown = Text("no number", "pas un nombre") if count is None else same(str(count))
    session.note("shell", f"cat {path}", expected="0", seen=shown, ok=count == 0)
    if count != 0:
        raise Deviation(
            Text(f"when all was read, {path} showed {shown.en} instead of 0",
                 f"quand tout fut lu, {path} affichait {shown.fr} au lieu de 0")
        )  # fmt: skip
