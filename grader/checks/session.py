"""A guest being worked with: named actors, calls that may never return, the story so far.

Nothing here sleeps and hopes. A call that has not come back is looked at: the task's state,
where it sleeps, the processor time it uses. Only what was seen makes it blocked or endless.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from grader.checks.say import Text, end_of_guest
from grader.errors import PlatformFault
from grader.guest.channel import (
    Actor,
    ChannelClosed,
    Observation,
    TaskState,
    Ticket,
    Unanswered,
)
from grader.guest.guest import Guest
from grader.guest.protocol import calls
from grader.kernel_reports import KernelReport
from grader.report import Step
from grader.texts import same

#: Where the student's module lies in the guest (a tmpfs).
MODULE_PATH = "/run/ringmark/module.ko"


@dataclass(frozen=True)
class Patience:
    """How long to look before a call counts as never returning.

    ``busy_ticks`` is processor time (in 1/100 s) without a line on the console: a module that
    prints gets somewhere, slowly, and has ``printing_ticks`` in all.

    The host's clock only bounds the waiting, and what the guest waits for the host does not count
    (:mod:`grader.guest.clock`); the verdict rests on what the guest's own counters say, so a slow
    machine waits longer and decides the same. Where nothing at all moves any more
    (:class:`Standstill`), ``after_report`` seconds are enough once the kernel has reported
    something of the module's: what it reports may be why.
    """

    look_every: float = 0.5
    asleep_looks: int = 6
    busy_ticks: int = 500
    printing_ticks: int = 3000
    give_up: float = 90.0
    after_report: float = 20.0
    answer: float = 30.0


class Lost(Exception):
    """The step cannot be finished. ``text`` says why, for the student."""

    def __init__(self, text: Text):
        self.text = text
        super().__init__(text.en)


class TaskDied(Lost):
    """The kernel killed the process in the middle of the call, as it does after an oops."""


class TaskHung(Lost):
    """The call never returned; ``state`` is what was last seen of the task."""

    def __init__(self, text: Text, state: TaskState):
        self.state = state
        super().__init__(text)


class GuestLost(Lost):
    """The whole guest died or answers nothing any more."""


@dataclass
class Session:
    """One guest and one check's work in it. ``reports``: what the kernel has reported of the
    module's by now.
    """

    guest: Guest
    patience: Patience = Patience()
    reports: Callable[[], Sequence[KernelReport]] = tuple
    steps: list[Step] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)
    doing: tuple[str, Text] = ("", same(""))
    watcher: Actor | None = None

    def call(self, name: str, call: calls.Call) -> Observation:
        """Have the actor ``name`` (made when first named) do one system call.

        Raises:
            TaskDied, TaskHung, GuestLost: what happened instead of an answer.
        """
        return self.batch(name, call)[0]

    def batch(self, name: str, *several: calls.Call) -> list[Observation]:
        """Several calls one after the other, sent in one go: a round trip costs more than a call.

        Raises:
            TaskDied, TaskHung, GuestLost: as :meth:`call`, for the first that did not come back.
        """
        try:
            actor = self.actors.get(name) or self.spawn(name)
            tickets = [self.guest.channel.start(actor, call) for call in several]
        except (ChannelClosed, Unanswered) as error:
            raise self.guest_lost(several[0]) from error
        return [
            self._answer(name, actor, ticket, call)
            for ticket, call in zip(tickets, several, strict=True)
        ]

    def _answer(self, name: str, actor: Actor, ticket: Ticket, call: calls.Call) -> Observation:
        try:
            seen = self.guest.channel.wait(ticket, self.patience.look_every)
            if seen is None:
                seen = self._look(actor, ticket, call)
        except (ChannelClosed, Unanswered) as error:
            raise self.guest_lost(call) from error
        if seen.died is not None:
            del self.actors[name]
            raise TaskDied(
                Text(
                    f"the kernel killed the process during {verb(call)}",
                    f"le noyau a tué le processus pendant {verb(call)}",
                )
            )
        return seen

    def platform_call(self, name: str, call: calls.Call) -> Observation:
        """A call that has nothing of the module's in its way, however long it takes.

        Raises:
            GuestLost: no answer at all.
        """
        try:
            actor = self.actors.get(name) or self.spawn(name)
            return self.guest.channel.call(actor, call, self.patience.give_up)
        except (ChannelClosed, Unanswered) as error:
            raise self.guest_lost(call) from error

    def spawn(self, name: str, cpu: int | None = None) -> Actor:
        """A new actor of that name, pinned to processor ``cpu`` if given."""
        self.actors[name] = self.guest.channel.spawn(cpu)
        return self.actors[name]

    def dismiss(self, names: Iterable[str]) -> None:
        """End actors that are in no call, and wait until what they had open is closed.

        Raises:
            GuestLost: no answer at all.
            PlatformFault: one does not end.
        """
        channel = self.guest.channel
        try:
            ending = [self.actors.pop(name) for name in names]
            for actor in ending:
                channel.kill(actor)
            for actor in ending:
                until = channel.now() + self.patience.answer
                while channel.state(actor, self.patience.answer, 0).alive:
                    if channel.now() > until:
                        raise PlatformFault("an idle process in the guest does not end")
        except (ChannelClosed, Unanswered) as error:
            raise self.guest_lost(calls.Clock()) from error

    def turn(self) -> None:
        """A task without any privilege gets to run: so would whatever was woken before it.

        The agent has real-time priority: that it answers says nothing of a starved guest.

        Raises:
            Unanswered: it does not, for so long that it never will.
        """
        channel = self.guest.channel
        ticket = channel.start(self._watcher(), calls.ReadFile("/proc/loadavg"))
        still = Standstill(self)
        while channel.wait(ticket, self.patience.look_every) is None:
            still.look()
            if still.lasts:
                raise Unanswered(f"waited for {ticket.what}")

    def _watcher(self) -> Actor:
        self.watcher = self.watcher or self.guest.channel.spawn()
        return self.watcher

    def _look(self, actor: Actor, ticket: Ticket, call: calls.Call) -> Observation:
        """The call is not back: watch the task until it is, or until it clearly never will be."""
        channel = self.guest.channel
        self._watcher()  # a guest that can start no task is lost sooner than one that is slow
        first = last = quiet = channel.state(actor, self.patience.answer)
        printed = self.guest.console.mark()
        asleep = 0
        still = Standstill(self)
        while not still.lasts:
            seen = channel.wait(ticket, self.patience.look_every)
            if seen is not None:
                return seen
            self.turn()
            now = channel.state(actor, self.patience.answer)
            if now.state in "SD" and slept_through(last, now):
                asleep += 1
                if asleep >= self.patience.asleep_looks:
                    raise TaskHung(_hung("asleep", now, call), now)
            else:
                asleep = 0
            if self.guest.console.mark() > printed:
                printed, quiet = self.guest.console.mark(), now
            busy = used(quiet, now) >= self.patience.busy_ticks
            if busy or used(first, now) >= self.patience.printing_ticks:
                raise TaskHung(_hung("busy", now, call), now)
            last = now
            still.look(now.utime, now.stime, now.voluntary, now.involuntary)
        raise PlatformFault(
            f"{verb(call)} is not back, and the task neither sleeps nor uses the processor "
            f"(state {last.state}): the machine is overloaded"
        )

    def guest_lost(self, call: calls.Call) -> GuestLost:
        """What to raise when the guest is gone, or answers no more."""
        death = self.guest.wait_death(1.0)
        if death is None:
            self.guest.interrogate(self.patience.answer)
        how = end_of_guest(death)
        return GuestLost(
            Text(
                f"the whole machine went down during {verb(call)}: {how.en}",
                f"toute la machine est tombée pendant {verb(call)} : {how.fr}",
            )
        )

    def settle(self, nonce: str) -> bool:
        """Wait until all that the kernel printed so far has reached the host.

        A line with ``nonce``, written to the kernel log by an actor of its own, must come out of
        the serial console. False: the guest cannot do even that any more.
        """
        marker = f"ringmark: end of check {nonce}"
        try:
            observer = self.guest.channel.spawn()
            written = self.guest.channel.call(
                observer,
                calls.WriteFile("/dev/kmsg", f"<6>{marker}\n".encode()),
                self.patience.answer,
            )
        except (ChannelClosed, Unanswered):
            return False
        if written.ret <= 0:
            return False
        until = self.guest.channel.now() + self.patience.answer
        while not self.guest.console.wait_for(marker, self.patience.look_every):
            if self.guest.console.ended or self.guest.channel.now() > until:
                return False
        return True

    def begin(self, actor: str, action: Text | str) -> None:
        """Say what is tried next: the last line of the story if nothing comes back."""
        self.doing = (actor, same(action) if isinstance(action, str) else action)

    def note(self, actor: Text | str, action: Text | str, **result: object) -> None:
        """Add a line to the story; ``result`` are fields of :class:`grader.report.Step`. A string
        reads the same in both languages.
        """
        self.steps.append(Step.model_validate({"actor": actor, "action": action, **result}))


class Standstill:
    """Since when nothing in a guest has moved, as far as can be seen."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._began = self._since = session.guest.channel.now()
        self._signs: tuple[object, ...] = ()

    def look(self, *signs: object) -> None:
        """Whatever is seen now: if it is not what was seen last, something has moved. So it has
        when the console has more.
        """
        seen = (self._session.guest.console.mark(), *signs)
        if seen != self._signs:
            self._signs, self._since = seen, self._session.guest.channel.now()

    @property
    def lasts(self) -> bool:
        """Long enough that it will go on for ever."""
        now, patience = self._session.guest.channel.now(), self._session.patience
        if now - self._began >= patience.give_up:
            return True
        return now - self._since >= patience.after_report and bool(self._session.reports())


def verb(call: calls.Call) -> str:
    """The system call behind a call, by its name in the manual; of a file, what a shell does."""
    if isinstance(call, calls.WriteFile):
        return f"echo > {os.fsdecode(call.path)}"
    if isinstance(call, calls.ReadFile):
        return f"cat {os.fsdecode(call.path)}"
    names = {
        calls.Open: "open()",
        calls.Close: "close()",
        calls.Read: "read()",
        calls.Write: "write()",
        calls.WriteBad: "write()",
        calls.InsertModule: "insmod",
        calls.DeleteModule: "rmmod",
    }
    return names.get(type(call), type(call).__name__)


def where_in_module(state: TaskState, module: str) -> tuple[str, int] | None:
    """(function, offset) of the innermost frame inside the module, from /proc/PID/stack."""
    return frame_in_module(state.stack, module)


def frame_in_module(stack: str, module: str) -> tuple[str, int] | None:
    """The first one of a stack as the kernel prints it, but for what it doubts ("? ")."""
    pattern = rf"(?<!\? )(?<!\S)(\S+?)\+0x([0-9a-f]+)/0x[0-9a-f]+ \[{re.escape(module)}\]"
    found = re.search(pattern, stack)
    return (found.group(1), int(found.group(2), 16)) if found else None


def used(before: TaskState, now: TaskState) -> int:
    """Processor time that the task has used, in 1/100 s.

    A guest counts as used what it waited for the host's processor as well, so it is no more than
    the guest itself has run.
    """
    counted = now.utime + now.stime - before.utime - before.stime
    return min(counted, round(100 * (now.host - before.host)))


def slept_through(before: TaskState, now: TaskState) -> bool:
    """Has it slept through from one look to the next, without running in between?"""
    return (
        before.state in "SD"
        and (now.utime, now.stime) == (before.utime, before.stime)
        and (now.voluntary, now.involuntary) == (before.voluntary, before.involuntary)
    )


def _hung(how: str, state: TaskState, call: calls.Call) -> Text:
    name = verb(call)
    if how == "asleep":
        return Text(
            f"{name} never came back: the process sleeps (state {state.state}), nothing wakes it",
            f"{name} n'est jamais revenu : le processus dort (état {state.state}) sans réveil",
        )
    return Text(
        f"{name} never came back: it keeps the processor busy without end",
        f"{name} n'est jamais revenu : il occupe le processeur sans fin",
    )


def end_nonce() -> str:
    """What marks the end of a check. Unguessable in the guest: drawn on the host, used once."""
    return os.urandom(8).hex()
