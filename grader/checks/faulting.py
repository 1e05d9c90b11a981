"""Check kind ``faults``: an allocation or a copy from or to user memory is made to fail in the
middle of a call. The call may fail; the module must serve the next ones all the same.

What the kernel reports meanwhile (a crash, a lock still held on the way back), and what is left
allocated without the module afterwards, is a finding and costs where findings do. Judged here is
only that nobody waits for ever afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.checks.context import Load, Outcome, Task
from grader.checks.device import LOOKER, open_device
from grader.checks.leaking import leaks_at_end, load_now
from grader.checks.operations import Deviation
from grader.checks.say import Text, result
from grader.checks.sequence import load_module, lost_outcome
from grader.checks.session import GuestLost, Lost, Session, TaskDied, TaskHung
from grader.checks.stage import Stage
from grader.guest.channel import Observation
from grader.guest.protocol import calls
from grader.guest.protocol.calls import decode_failing
from grader.rubric import schema

#: A call whose every step up to this one was made to fail, one after the other, has been tried.
MOST_STEPS = 16
#: A size at which the channel does not get full.
LARGE = 2048
TEXT = b"abc\n"
#: Allocations that may sleep fail as well, and nothing is printed of a failure that we asked for
#: (Documentation/fault-injection/fault-injection.rst).
SETTINGS = (
    ("/sys/kernel/debug/failslab/ignore-gfp-wait", b"N"),
    ("/sys/kernel/debug/failslab/verbose", b"0"),
    ("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", b"N"),
    ("/sys/kernel/debug/fail_page_alloc/verbose", b"0"),
    ("/sys/kernel/debug/fail_usercopy/verbose", b"0"),
)


def run_faults(check: schema.FaultsCheck, task: Task, session: Session) -> Outcome:
    """Each call with its first step failing, its second, and so on until none is left."""
    assert task.survey is not None, "the load check comes first"
    for path, value in SETTINGS:
        session.platform_call(LOOKER, calls.WriteFile(path, value))
    loads: list[Load] = []
    try:
        device = task.loaded.device if task.loaded else load_module(task, session)
        loads += load_now(task, session)
        stage = Stage.on(device.path, task, session, "attributes", check.id)
        trial = _Trial(stage, task.survey.attributes.size or "", check.judged)
        # Without, the channel could get full and a writer would have to wait.
        for of in check.of if trial.enlarge() else ():
            trial.calls_of(of)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except (TaskDied, GuestLost) as lost:
        ended = lost_outcome(session, lost)
        # The kernel's report says why. A guest that went down without one is still looked into.
        return ended if ended.guest_lost else Outcome(None, ended.steps)
    except TaskHung as hung:
        ended = lost_outcome(session, hung)
        return Outcome(hung.text if check.judged else None, ended.steps)
    except Lost as lost:
        return lost_outcome(session, lost)
    leaks = leaks_at_end(session, task, trial.opened)
    return Outcome(None, tuple(session.steps), leaks=leaks, loads=tuple(loads))


@dataclass
class _Trial:
    """One guest, its channel never full and never left without a byte to read."""

    stage: Stage
    size: str
    judged: bool
    opened: list[tuple[str, int]] = field(default_factory=list)

    def enlarge(self) -> bool:
        """So that writes do not block. False: it has no size, or takes none."""
        if not self.size:
            return False
        seen = self.stage.session.call("shell", calls.WriteFile(self.size, b"%d\n" % LARGE))
        return seen.ret >= 0

    def calls_of(self, of: schema.Failing) -> None:
        """``of`` with each of its steps failing, then the device used as ever."""
        nth = 0
        for nth in range(1, MOST_STEPS + 1):
            failed = self._one(of, nth)
            self._serves(f"reader-{of}-{nth}", _failing(of, str(nth)))
            if not failed:
                break
        action = _failing(of, "1" if nth == 1 else f"1 … {nth}")
        serves = Text("the device serves on", "le périphérique sert encore")
        self.stage.session.note("failing", action, expected=serves, seen=serves, ok=True)

    def _one(self, of: schema.Failing, nth: int) -> bool:
        """Whether something was made to fail."""
        session, path = self.stage.session, self.stage.operations.path
        session.begin("failing", _failing(of, str(nth)))
        if of == "open":
            seen = session.call("failing", calls.FailNth(nth, calls.Open(path, os.O_RDWR)))
            if seen.ret >= 0:
                session.call("failing", calls.Close(seen.ret))
        elif of == "resize":
            text = b"%d\n" % (LARGE + nth)
            seen = session.call("failing", calls.FailNth(nth, calls.WriteFile(self.size, text)))
        else:
            seen = self._transfer(of, nth)
        left = decode_failing(seen.data)[1]
        return left == 0

    def _transfer(self, of: schema.Failing, nth: int) -> Observation:
        session = self.stage.session
        descriptor = open_device(session, "failing", self.stage.operations.path, os.O_RDWR)
        call: calls.Read | calls.Write = calls.Write(descriptor, TEXT)
        if of == "read":
            session.call("failing", call)
            call = calls.Read(descriptor, 2, guard=0)
        seen = session.call("failing", calls.FailNth(nth, call))
        session.call("failing", calls.Close(descriptor))
        return seen

    def _serves(self, reader: str, after: Text) -> None:
        """A byte is written, then a read must bring one. Neither has to wait for anything."""
        self._done("writer", after, os.O_WRONLY, lambda fd: calls.Write(fd, TEXT))
        self._done(reader, after, os.O_RDONLY, lambda fd: calls.Read(fd, 4, guard=0))

    def _done(self, name: str, after: Text, flags: int, make: Callable[[int], calls.Call]) -> None:
        crowd, session = self.stage.crowd, self.stage.session
        self._start(name, flags, make)
        crowd.settle(lambda: not crowd.waiting(), lambda job: None)
        if not crowd.waiting():
            return
        told = "write" if name == "writer" else "read"
        session.note(
            name,
            Text(f"{told} after {after.en}", f"{told} après {after.fr}"),
            expected=Text("returns", "revient"),
            seen=Text("never comes back", "ne revient jamais"),
            ok=False,
        )
        if self.judged:
            raise Deviation(
                Text(
                    f"after {after.en}, the next {told} never comes back: a lock was left held",
                    f"après {after.fr}, le {told} suivant ne revient jamais : un verrou est "
                    "resté pris",
                )
            )

    def _start(self, name: str, flags: int, make: Callable[[int], calls.Call]) -> None:
        session = self.stage.session
        descriptor = open_device(session, name, self.stage.operations.path, flags)
        if descriptor < 0:
            told = result(-1, -descriptor)
            raise Deviation(
                Text(f"after a failure inside a call, open() returned {told}",
                     f"après un échec provoqué, open() a renvoyé {told}")
            )  # fmt: skip
        self.opened.append((name, descriptor))
        self.stage.crowd.start(name, make(descriptor))


def _failing(of: str, step: str) -> Text:
    article = "an" if of == "open" else "a"
    return Text(
        f"{article} {of} whose allocation or copy number {step} was made to fail",
        f"un {of} dont on a fait échouer l'allocation ou la copie n° {step}",
    )
