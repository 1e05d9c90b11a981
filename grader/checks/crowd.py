"""Several actors in calls at once, some of which may block. Nothing here sleeps and hopes.

A task counts as waiting when it was seen so again and again: asleep without having run in
between, or busy without getting anywhere. Between two looks a task without any privilege had its
turn on the guest's processor, so that whatever was woken would have run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from grader.checks.say import Text
from grader.checks.session import Patience, Session, Standstill, TaskDied, slept_through, used
from grader.errors import PlatformFault
from grader.guest.channel import (
    Actor,
    ChannelClosed,
    Observation,
    TaskState,
    Ticket,
    Unanswered,
)
from grader.guest.protocol import calls
from grader.guest.protocol.constants import PART_SWITCHES

#: Looks in a row that show a task waiting, when that is what is due.
QUICK_LOOKS = 3
#: The same, each after a pause for an answer, when it is not.
LONG_LOOKS = 6
#: Seconds of such a pause.
PAUSE = 0.4
#: Seconds between two looks at streams.
STREAM_PAUSE = 0.1
#: Processor time (1/100 s) that a task burns in its call before it counts as waiting that way,
#: since the console last had more: the kernel prints its reports in the task that they are about.
BUSY_TICKS = 8
#: The same in all, for a task that waits busily and prints meanwhile.
PRINTING_TICKS = 100
#: The same for a stream, which has work to do as well.
ENDLESS_TICKS = 4000
#: The same for a task that was killed: it has to die, and the kernel may have much to say of that.
DYING_TICKS = 500
#: Times that a task gave up the processor by itself before it counts as polling; a killed one.
POLLS = 3
DYING_POLLS = 100


@dataclass
class Job:
    """A call that may block. ``waited``: it was seen waiting, and ``told``: the story says so.
    ``seen``: what came of it.

    ``asleep_since``: by the guest's clock, of the sleep that it is in. ``first``, ``quiet``: as it
    was when first looked at, and when the console had last brought more.
    ``killed``, ``interrupted``: what was done to it while it waited.
    """

    name: str
    actor: Actor
    call: calls.Call
    ticket: Ticket
    waited: bool = False
    told: bool = False
    asleep: bool = False
    asleep_since: int = 0
    killed: bool = False
    interrupted: bool = False
    seen: Observation | None = None
    state: TaskState | None = None
    first: TaskState | None = None
    quiet: TaskState | None = None


@dataclass
class Crowd:
    """The calls under way in one guest, by the actor's name.

    ``streams``: a call does much in turn, so that using the processor is no sign of waiting.
    """

    session: Session
    streams: bool = False
    jobs: dict[str, Job] = field(default_factory=dict)

    def start(self, name: str, call: calls.Call) -> Job:
        """Have the actor make the call; one at a time each."""
        try:
            actor = self.session.actors.get(name) or self.session.spawn(name)
            ticket = self.session.guest.channel.start(actor, call)
        except (ChannelClosed, Unanswered) as error:
            raise self.session.guest_lost(call) from error
        self.jobs[name] = Job(name, actor, call, ticket)
        return self.jobs[name]

    def waiting(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.seen is None]

    def kill(self, name: str) -> None:
        """Send SIGKILL; whether it ends is seen later."""
        job = self.jobs[name]
        job.killed, job.first = True, None
        self.session.guest.channel.kill(job.actor)

    def settle(
        self,
        content: Callable[[], bool],
        took: Callable[[Job], None],
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        """Until nothing moves any more, or ``until`` says that enough is back.

        ``took`` is told of each call that is back, and may start the next. ``content`` says
        whether those that wait now may: if so a few looks are enough; if not, it is looked for
        long.

        Raises:
            GuestLost: the guest went down.
            PlatformFault: the guest's tasks neither wait nor get anywhere.
        """
        try:
            self._settle(content, took, until)
        except (ChannelClosed, Unanswered) as error:
            call = next((job.call for job in self.waiting()), calls.Clock())
            raise self.session.guest_lost(call) from error

    def _settle(
        self,
        content: Callable[[], bool],
        took: Callable[[Job], None],
        enough_back: Callable[[], bool],
    ) -> None:
        patience = self.session.patience
        still = Standstill(self.session)
        printed = self.session.guest.console.mark()
        quiet = 0
        while not still.lasts:
            # Looking at streams all the time would take the processors that they need.
            soon = STREAM_PAUSE if self.streams else 0.0
            if self._collect(took, PAUSE if quiet >= QUICK_LOOKS else soon):
                quiet = 0
            waiting = self.waiting()
            if not waiting or enough_back():
                return
            self.session.turn()
            if self._collect(took, 0.0):
                quiet = 0
                continue
            if self.session.guest.console.mark() > printed:
                printed = self.session.guest.console.mark()
                for job in waiting:
                    job.quiet = None
            quiet = quiet + 1 if self._all_wait(waiting, patience) else 0
            still.look(*(_sign(job) for job in waiting))
            enough = QUICK_LOOKS if content() else QUICK_LOOKS + LONG_LOOKS
            if quiet >= enough:
                return
        stuck = ", ".join(
            f"{job.name} ({job.state.state if job.state else '?'})" for job in self.waiting()
        )
        raise PlatformFault(
            f"some tasks neither wait nor get anywhere: {stuck}; the machine is overloaded"
        )

    def _collect(self, took: Callable[[Job], None], pause: float) -> bool:
        """Take what has come; wait for ``pause`` seconds in all if nothing has."""
        came = False
        waiting = self.waiting()
        for job in waiting:
            seen = self.session.guest.channel.wait(
                job.ticket, 0.0 if came else pause / len(waiting)
            )
            if seen is None:
                continue
            came = True
            job.seen = seen
            if seen.died is not None:
                self.session.actors.pop(job.name, None)
                if not job.killed:
                    raise TaskDied(
                        Text(
                            f"the kernel killed {job.name} during its call",
                            f"le noyau a tué {job.name} pendant son appel",
                        )
                    )
            took(job)
        return came

    def _all_wait(self, waiting: list[Job], patience: Patience) -> bool:
        """Look at each once more: has none run since the last look, but for busy ones?"""
        still = True
        for job in waiting:
            now = self.session.guest.channel.state(job.actor, patience.answer, PART_SWITCHES)
            before, job.state = job.state, now
            slept = before is not None and now.state in "SD" and slept_through(before, now)
            if slept and before is not None and not job.asleep:
                job.asleep_since = before.clock_ns
            job.asleep = slept
            job.first, job.quiet = job.first or now, job.quiet or now
            waits = job.asleep or self._runs_in_vain(job, job.first, job.quiet, now)
            job.waited = job.waited or waits
            still = still and waits
        return still

    def _runs_in_vain(self, job: Job, first: TaskState, quiet: TaskState, now: TaskState) -> bool:
        """Has it used the processor, or given it up, so often that this is how it waits?"""
        ran, given = used(first, now), now.voluntary - first.voluntary
        if self.streams:
            return ran >= ENDLESS_TICKS
        if job.killed:
            return ran >= DYING_TICKS or given >= DYING_POLLS
        busy = ran >= PRINTING_TICKS or used(quiet, now) >= BUSY_TICKS
        return busy or given >= POLLS


def _sign(job: Job) -> tuple[object, ...]:
    """What changes when the task gets anywhere. One that spins in vain with preemption off uses
    the processor, and no more.
    """
    switches = (job.state.voluntary, job.state.involuntary) if job.state else ()
    return job.name, job.ticket.number, *switches
