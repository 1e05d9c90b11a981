"""Where blocking readers and writers are watched: what each was given, in a ledger.

Who uses a :class:`Stage` starts one call after the other; each step ends when all tasks are seen
blocked or are back, and the ledger then says whether they may be.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from grader.checks import shell_words
from grader.checks.context import Task, some_text
from grader.checks.crowd import Crowd, Job
from grader.checks.device import LOOKER, open_device
from grader.checks.operations import Deviation, Operations, reading
from grader.checks.say import Text, errno_name, result, show
from grader.checks.sequence import usual_size
from grader.checks.session import Session
from grader.checks.waiting_words import problem_text, returned_text
from grader.guest.protocol import calls
from grader.model import start
from grader.model.ledger import Ledger, Problem
from grader.texts import listed, same

Judge = Literal["all", "wakeups", "attributes", "ends", "released", "after"]

#: What the kernel reports, by this title, when a task gives up the processor with a spinlock held.
SLEPT_ATOMIC = "scheduling while atomic"
#: What a step says of tasks that have come to rest, or go on waiting.
AT_REST = Text("all at rest", "tous au repos")
STILL_BLOCKED = Text("still blocked", "toujours bloqué")
_CHANNEL = Text("channel", "canal")
#: More reads than any module needs to be drained.
MOST_READS = 600


class Untriable(Exception):
    """Something that this check needs was broken by what another one is about."""

    def __init__(self, text: Text):
        self.text = text
        super().__init__(text.en)


@dataclass
class Stage:
    """One guest's readers and writers, and the ledger of what they did.

    ``hands``: what each writer still has to write. ``filling``: what makes the channel full.
    """

    session: Session
    crowd: Crowd
    operations: Operations
    ledger: Ledger
    judge: Judge
    module: str
    interrupt: str | None = None
    filling: bytes = b""
    hands: dict[str, bytes] = field(default_factory=dict)
    calls_of: dict[str, Callable[[], calls.Call]] = field(default_factory=dict)
    open_files: dict[tuple[str, int], int] = field(default_factory=dict)
    anybody_waited: bool = False
    after_interrupt: bool = False

    @classmethod
    def on(cls, path: str, task: Task, session: Session, judge: Judge, name: str) -> Stage:
        """On a freshly loaded module, its size the usual one."""
        assert task.survey is not None
        policies = task.survey.policies
        operations = Operations(
            session,
            path,
            start(sorted(policies), task.settings.capacity, ("overwrite", "truncate", "refuse")),
            attributes=task.survey.attributes,
        )
        usual_size(operations)
        ledger = Ledger(task.settings.capacity, keeps=policies == {"keep"})
        length = ledger.capacity - (1 if ledger.keeps else 0)
        return cls(
            session,
            Crowd(session),
            operations,
            ledger,
            judge,
            task.module.kernel_name,
            interrupt=task.survey.interrupt,
            filling=some_text(length, task.random(f"{name}:fill")),
        )

    # -- starting ------------------------------------------------------------------------------

    def read(self, name: str, count: int) -> None:
        """Start a read and let everything come to rest."""
        descriptor = self.reading(name)
        self._begin(name, reading(count),
                    shell_words.take(count, self.operations.path),
                    lambda: calls.Read(descriptor, count, guard=0))  # fmt: skip

    def write(self, name: str, data: bytes, action: Text) -> None:
        """Start to write all of ``data`` and let everything come to rest."""
        descriptor = self._opened(name, os.O_WRONLY)
        self.hands[name] = data
        shell = shell_words.put(data, self.operations.path)
        self._begin(name, action, shell, lambda: calls.Write(descriptor, self.hands[name]))

    def reading(self, name: str) -> int:
        """A descriptor of the actor's to read from."""
        return self._opened(name, os.O_RDONLY)

    def _opened(self, name: str, flags: int) -> int:
        key = (name, flags)
        if key not in self.open_files:
            path = self.operations.path
            self.session.begin(name, f"open {path}")
            descriptor = open_device(self.session, name, path, flags)
            if descriptor < 0:
                raise Deviation(_not_opened(path, -descriptor))
            self.open_files[key] = descriptor
        return self.open_files[key]

    def _begin(self, name: str, action: Text, shell: str, make: Callable[[], calls.Call]) -> None:
        self.session.begin(name, action)
        self.calls_of[name] = make
        self.crowd.start(name, make())
        self.session.note(name, action, event="starts", command=f"{shell} &")
        self.settle()

    # -- coming to rest ------------------------------------------------------------------------

    def settle(self) -> None:
        """Until all are blocked or back; then the ledger has its word."""
        self.crowd.settle(self._content, self.took)
        for job in self.crowd.waiting():
            if job.waited and not job.killed:
                self.anybody_waited = True
                self._say_waiting(job)
        if self.judge != "all":
            self.ledger.lose_excess()
        problem = self._problem()
        if problem is not None and self._insists():
            waiting = [job.name for job in self.crowd.waiting()]
            text = problem_text(problem, waiting, self.ledger)
            self.session.note(", ".join(waiting) or _CHANNEL, AT_REST, seen=text, ok=False)
            raise Deviation(text)

    def _say_waiting(self, job: Job) -> None:
        """Once for each call: that it goes on waiting is no news."""
        if job.told:
            return
        job.told = True
        how = (
            Text("waits, asleep", "attend, endormi")
            if job.asleep
            else Text("waits, busy", "attend, en occupant le processeur")
        )
        action = Text("is still in its call", "est encore dans son appel")
        self.session.note(job.name, action, seen=how, event="waits")

    def _content(self) -> bool:
        return self._problem() is None

    def _insists(self) -> bool:
        """Whether what the ledger finds wrong is this check's to tell."""
        return self.judge in ("all", "wakeups") or (self.judge == "after" and self.after_interrupt)

    def _problem(self) -> Problem | None:
        waiting = self.crowd.waiting()
        if any(job.killed for job in waiting):
            return None  # the next event may be its, or not
        writing = {job.name: self.hands[job.name] for job in waiting if job.name in self.hands}
        readers = sum(1 for job in waiting if job.name not in self.hands)
        problem = self.ledger.problem(readers, writing)
        # That a full channel took more is write-blocks' to tell.
        return None if problem == "overfull" and self.judge != "all" else problem

    def took(self, job: Job) -> None:
        assert job.seen is not None
        if job.killed or job.interrupted:
            rest = self.hands.pop(job.name, b"")
            self.ledger.wrote(rest[: max(0, job.seen.ret)])
            action = Text("ends", "se termine")
            self.session.note(job.name, action, seen=_end_of(job), event="ends")
        elif job.name in self.hands:
            self._wrote(job)
        else:
            self._got(job)

    def _wrote(self, job: Job) -> None:
        assert job.seen is not None
        rest, ret = self.hands[job.name], job.seen.ret
        taken = rest[: max(0, ret)]
        told = result(ret, job.seen.errno)
        if not 0 < ret <= len(rest):
            self.hands.pop(job.name)
            self._empty_handed(job, "write()", told)
            return
        self.ledger.wrote(taken)
        self.session.note(job.name, _returns("write"), seen=told, event="returns")
        if ret < len(rest):
            self.hands[job.name] = rest[ret:]
            self.crowd.start(job.name, self.calls_of[job.name]())
            return
        self.hands.pop(job.name)

    def _got(self, job: Job) -> None:
        assert job.seen is not None
        seen = job.seen
        assert isinstance(job.call, calls.Read)
        told = result(seen.ret, seen.errno)
        if seen.ret <= 0 or seen.ret > job.call.count:
            self._empty_handed(job, "read()", told)
            return
        data = calls.decode_read(seen.data, job.call.count, 0).body[: seen.ret]
        problem = self.ledger.read(data, list(self.hands.values()))
        self.session.note(
            job.name, _returns("read"), seen=show(data), ok=problem is None, event="returns"
        )
        # What is in the channel is not for wake-ups to say, unless it is what woke a reader.
        if problem is not None and self._insists() and (job.waited or self.judge != "wakeups"):
            raise Deviation(
                Text(f"read() gave {show(data).en}, which was never written, or was read before",
                     f"read() a donné {show(data).fr}, jamais écrit, ou déjà lu")
            )  # fmt: skip

    def _empty_handed(self, job: Job, verb: str, told: str) -> None:
        """A call that came back with nothing, or with nonsense."""
        assert job.seen is not None
        self.session.note(job.name, _returns(verb), seen=told, event="returns")
        woken = job.waited
        if self._insists() and (woken or self.judge != "wakeups"):
            self.session.steps[-1] = self.session.steps[-1].model_copy(update={"ok": False})
            raise Deviation(returned_text(verb, told, woken=woken))

    # -- whole steps ---------------------------------------------------------------------------

    def fill(self, name: str) -> None:
        """Write exactly what fits."""
        shown = show(self.filling)
        action = Text(
            f"fill the channel: echo {shown.en}", f"remplissage du canal : echo {shown.fr}"
        )
        self.write(name, self.filling + b"\n", action)

    def drain(self, name: str) -> None:
        """Read as long as there is something to read or a writer waits."""
        for _ in range(MOST_READS):
            if self.ledger.stored <= 0 and not self.crowd.waiting():
                return
            self.read(name, max(1, self.ledger.capacity))
            job = self.crowd.jobs[name]
            if job.seen is None or job.seen.ret <= 0:
                return

    def kill(self, name: str) -> None:
        """SIGKILL, if it is in a call."""
        job = self.crowd.jobs.get(name)
        if job is None or job.seen is not None:
            return
        if any(report.title == SLEPT_ATOMIC for report in self.session.reports()):
            raise Untriable(_preemption_is_wrong())
        self.session.note("root", f"kill -9 {name}", event="kills")
        self.crowd.kill(name)
        self.settle()

    def unload(self) -> None:
        """What was killed is gone, and so is every other actor; rmmod succeeds."""
        if any(job.killed for job in self.crowd.waiting()):
            # It costs a point now: look for long. A kernel with reports to print is slow to end it.
            self.crowd.settle(lambda: False, self.took)
        left = [job.name for job in self.crowd.waiting() if job.killed]
        if left:
            raise Deviation(_not_ended(left))
        self.session.dismiss(name for name in list(self.session.actors) if name != LOOKER)
        self.session.begin("root", "rmmod")
        seen = self.session.call("rmmod", calls.DeleteModule(self.module))
        told = result(seen.ret, seen.errno)
        self.session.note("root", "rmmod", expected="0", seen=told, ok=seen.ret == 0,
                          command=f"rmmod {self.module}")  # fmt: skip
        if seen.ret != 0:
            name = errno_name(seen.errno)
            raise Deviation(
                Text(f"after the blocked task was killed, rmmod failed with {name}",
                     f"après la fin forcée de la tâche bloquée, rmmod échoue avec {name}")
            )  # fmt: skip


def _returns(call: str) -> Text:
    return Text(f"{call} returns", f"retour de {call}")


def _end_of(job: Job) -> Text:
    assert job.seen is not None
    if job.seen.died is not None:
        return Text("killed", "tué")
    return same(result(job.seen.ret, job.seen.errno))


def _not_opened(path: str, number: int) -> Text:
    name = errno_name(number)
    if number == errno.EBUSY:
        return Text(
            f"opening {path} failed with EBUSY: from TP3 on many processes use it at once",
            f"l'ouverture de {path} a échoué (EBUSY) : dès le TP3, plusieurs processus l'utilisent",
        )
    return Text(f"opening {path} failed with {name}", f"l'ouverture de {path} a échoué avec {name}")


def _preemption_is_wrong() -> Text:
    """schedule() makes up a preemption count then (schedule_debug() in kernel/sched/core.c, 6.12),
    and the unlock takes one from that: whether a task can die in such a kernel is chance.
    """
    return Text(
        "the task sleeps with a spinlock held: how the kernel ends it after that says nothing",
        "la tâche dort en tenant un spinlock : la façon dont le noyau y met fin ne dit plus rien",
    )


def _not_ended(names: list[str]) -> Text:
    who = listed(map(same, names))
    return Text(
        f"{who.en} was killed while blocked, and did not end with the next event either",
        f"{who.fr} : tué pendant un blocage, et pas terminé non plus à l'événement suivant",
    )
