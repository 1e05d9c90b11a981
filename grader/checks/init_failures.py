"""Advice, no check: inside insmod, an allocation that the module asks for is made to fail.

insmod may fail then; the machine must live on and the next insmod must work. Nothing here costs a
point (criteria.md), so whatever is in doubt is left unsaid.

The kernel counts, in this guest, only what fails with the module on the stack
(Documentation/fault-injection/fault-injection.rst, require-start), so what loading itself needs
stays whole, and the steps can be tried one after the other from the first.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from grader.checks.context import Task
from grader.checks.device import LOOKER, Surroundings, left_behind
from grader.checks.faulting import SETTINGS
from grader.checks.run import reports_of_module
from grader.checks.say import Text, errno_name
from grader.checks.session import (
    MODULE_PATH,
    GuestLost,
    Session,
    TaskDied,
    TaskHung,
    end_nonce,
    frame_in_module,
    where_in_module,
)
from grader.guest.channel import Observation
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls
from grader.guest.protocol.calls import decode_failing
from grader.kernel_reports import MODULE_AREA, KernelReport

#: More steps than any init has.
_MANY = 100_000
#: Allocations that are made to fail, counted from the first and back from the last: most calls of
#: an init need few, one of them (device_create) most, and the last tell user space, for no harm.
_FROM_FIRST = (0, 1, 3, 7)
_FROM_LAST = (2, 5, 9, 14)
#: Reports that are too often the kernel's own way of complaining that memory is short.
_NOT_TOLD = frozenset({"warn", "leak"})
#: Not made to fail: pages, of which the kernel's own checking takes most; init copies nothing.
_NOT = ("fail_page_alloc", "fail_usercopy")
_NOWHERE = (1, 2)
_ATTEMPT = "insmod"
WHEN = Text("when this fails in init", "quand ceci échoue dans init")


@dataclass(frozen=True)
class InitFailure:
    """What a failure inside init led to. ``report``: the kernel's, if it is that; ``reason``: in
    words, if it is not. ``place``: (function, offset) in the module, where it asked for what was
    made to fail.
    """

    nth: int
    report: KernelReport | None = None
    reason: Text | None = None
    place: tuple[str, int] | None = None


def try_init_failures(task: Task, hypervisor: Hypervisor) -> InitFailure | None:
    """The first failure that init does not get over; None: it gets over all that were tried.

    Raises:
        RingmarkError, Lost: the guest could not be had, or was lost before anything was tried.
    """
    with hypervisor.restore(cpus=1) as guest:
        if _Trial(task, Session(guest)).all_is_well():
            return None
    with hypervisor.restore(cpus=1) as guest:
        found = _Trial(task, Session(guest)).first_failure()
    if found is None or found.place is not None:
        return found
    with hypervisor.restore(cpus=1) as guest:
        return replace(found, place=_Trial(task, Session(guest)).place_of(found.nth))


def spread(total: int) -> tuple[int, ...]:
    """Which of the steps 1 to ``total`` are made to fail. Of each two the second is kmemleak's own,
    for its record of the first, and nothing fails for want of that.
    """
    last = (total + 1) // 2
    chosen = {1 + n for n in _FROM_FIRST} | {last - n for n in _FROM_LAST}
    if last <= len(_FROM_FIRST + _FROM_LAST):
        chosen = set(range(1, last + 1))
    return tuple(2 * number - 1 for number in sorted(chosen) if 1 <= number <= last)


@dataclass
class _Trial:
    """One guest without the module, in which it is loaded again and again."""

    task: Task
    session: Session

    @property
    def untouched(self) -> Surroundings:
        """What a guest without the module has registered."""
        assert self.task.survey is not None, "the load check comes first"
        return self.task.survey.before

    def all_is_well(self) -> bool:
        """Whether init gets over every failure: all of them sent in one go, which is most of the
        time saved. If not, which one it was is found out in a guest of its own.
        """
        self._prepare()
        insert, delete = calls.InsertModule(MODULE_PATH), self._delete
        try:
            steps = spread(self._steps())
            attempts = [each for n in steps for each in (calls.FailNth(n, insert), delete)]
            *tried, loaded, _ = self.session.batch(_ATTEMPT, *attempts, insert, delete)
            left = left_behind(self.session, self.untouched)
        except (TaskDied, TaskHung, GuestLost):
            return False
        missed = [seen for seen in tried[::2] if seen.ret < 0 and decode_failing(seen.data)[1]]
        return not (missed or loaded.ret < 0 or left or self._report(complete=True))

    def first_failure(self) -> InitFailure | None:
        self._prepare()
        total = self._steps()
        if not total or self._report():
            return None
        before = 0
        for step in spread(total):
            found, over = self._one(step, before)
            if found or over:
                return found
            before = step
        seen = self.session.call(_ATTEMPT, calls.InsertModule(MODULE_PATH))
        if seen.ret < 0:
            return self._left(before, seen)
        report = self._report(complete=True)
        return InitFailure(before, report=report) if report else None

    def _one(self, step: int, before: int) -> tuple[InitFailure | None, bool]:
        """What comes of a failure at ``step``, and whether nothing can be tried after it."""
        try:
            seen = self._attempt(step)
            over = seen.ret == 0 and not self._unloaded()
            reached = seen.ret == 0 or decode_failing(seen.data)[1] == 0
            left = left_behind(self.session, self.untouched) if reached and not over else None
        except TaskHung as hung:
            place = where_in_module(hung.state, self.task.module.kernel_name)
            told = hung.text
            reason = Text(f"{WHEN.en}, {told.en}", f"{WHEN.fr}, {told.fr}")
            return InitFailure(step, reason=reason, place=place), True
        except (TaskDied, GuestLost):
            report = self._report(complete=True)
            return InitFailure(step, report=report) if report else None, True
        if not reached:
            # It did not get as far as the failure: the attempt before has left something.
            return self._left(before, seen) if before else None, True
        report = self._report()
        if report:
            return InitFailure(step, report=report), True
        return self._stays(step, left) if left else None, over

    def place_of(self, nth: int) -> tuple[str, int] | None:
        """Where the module is when its step ``nth`` fails, from the stack that the kernel prints.

        Looked for in a guest of its own: printing every stack would take longer than all the rest.
        """
        self._prepare()
        self._steps()  # as there: the first insmod of all takes more steps than later ones
        told = calls.WriteFile("/sys/kernel/debug/failslab/verbose", b"2")
        self.session.platform_call(LOOKER, told)
        self.session.platform_call(LOOKER, calls.ConsoleLevel(8))
        mark = self.session.guest.console.mark()
        with contextlib.suppress(TaskDied, TaskHung, GuestLost):
            self._attempt(nth)
        self._settle()
        text = self.session.guest.console.text(mark)
        return stack_of_failure(text, self.task.module.kernel_name)

    def _prepare(self) -> None:
        area = [
            (f"/sys/kernel/debug/{kind}/{name}", b"0x%x" % address)
            for kind, ends in (("failslab", MODULE_AREA), *((other, _NOWHERE) for other in _NOT))
            for name, address in zip(("require-start", "require-end"), ends, strict=True)
        ]
        settings = [calls.WriteFile(path, value) for path, value in (*SETTINGS, *area)]
        self.session.batch(LOOKER, *settings)
        self.session.guest.channel.put(MODULE_PATH, self.task.module.data)

    def _steps(self) -> int:
        """How many steps of a whole insmod can fail; 0: not known, or it is never undone."""
        seen = self._attempt(_MANY)
        left = decode_failing(seen.data)[1]
        if seen.ret != 0 or left is None or not self._unloaded():
            return 0
        return _MANY - left

    def _attempt(self, nth: int) -> Observation:
        call = calls.FailNth(nth, calls.InsertModule(MODULE_PATH))
        return self.session.call(_ATTEMPT, call)

    @property
    def _delete(self) -> calls.DeleteModule:
        return calls.DeleteModule(self.task.module.kernel_name)

    def _unloaded(self) -> bool:
        return self.session.call(_ATTEMPT, self._delete).ret == 0

    def _left(self, nth: int, seen: Observation) -> InitFailure:
        name = errno_name(seen.errno)
        return InitFailure(
            nth,
            reason=Text(
                f"{WHEN.en}, the next insmod fails with {name}: what init had set up until then "
                "was not undone",
                f"{WHEN.fr}, l'insmod suivant échoue avec {name} : ce qu'init avait mis en place "
                "n'a pas été défait",
            ),
        )

    def _stays(self, nth: int, left: Surroundings) -> InitFailure:
        what = left.describe()
        return InitFailure(
            nth,
            reason=Text(f"{WHEN.en}, {what} stays registered", f"{WHEN.fr}, {what} reste"),
        )

    def _report(self, *, complete: bool = False) -> KernelReport | None:
        """The first of the module's, if it is one to be told."""
        if complete:
            self._settle()
        mine = reports_of_module(self.session.guest, self.task)
        return mine[0] if mine and mine[0].kind not in _NOT_TOLD else None

    def _settle(self) -> None:
        """Until all that the kernel has printed is here."""
        if self.session.guest.death() is None:
            self.session.settle(end_nonce())


def stack_of_failure(console: str, name: str) -> tuple[str, int] | None:
    """(function, offset): the module's innermost frame below the first failure on the console."""
    _, _, stack = console.partition("FAULT_INJECTION: forcing a failure")
    return frame_in_module(stack, name)
