"""Put one check into fresh guests until it is decided: the place where faults are told apart.

A kernel report without the module in it, a guest that died of nothing or a restore that failed
is the platform's: the check is run again. Only what stays and points to the module is judged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from grader.checks.attributes_check import run_attributes
from grader.checks.context import Outcome, Task
from grader.checks.faulting import run_faults
from grader.checks.interrupt_checks import run_irq_unload, run_raises
from grader.checks.loading import run_load
from grader.checks.random_sequence import Operation, run_random
from grader.checks.reloading import run_reload
from grader.checks.say import Text
from grader.checks.sequence import Opens, run_sequence
from grader.checks.session import Patience, Session, end_nonce
from grader.checks.shrinking import shorten
from grader.checks.sleeps import run_sleeps
from grader.checks.staged import run_staged
from grader.checks.stress import run_stress
from grader.errors import PlatformFault, RingmarkError
from grader.guest.guest import Guest
from grader.guest.hypervisor import Hypervisor
from grader.kernel_reports import (
    MODULE_AREA,
    KernelReport,
    find_reports,
    involves_module,
    title_in_both,
)
from grader.report import Finding, Verdict
from grader.rubric import schema

#: A check is tried this often before the platform admits that it cannot decide it.
ATTEMPTS = 3
#: A guest that had less of its time than this on the host's processors sees stalls that are none.
CREDIBLE = 0.25
#: What we name the panic by which a guest answers our own NMI.
ASKED = "processor stuck"
#: Guests that the search for a shorter failing sequence may take.
SHORTENING = 20

GuestCheck = (
    schema.SequenceCheck
    | schema.RandomCheck
    | schema.AttributesCheck
    | schema.StagedCheck
    | schema.SleepsCheck
    | schema.StressCheck
    | schema.FaultsCheck
    | schema.RaisesCheck
    | schema.IrqUnloadCheck
    | schema.LoadCheck
    | schema.ReloadCheck
)


@dataclass(frozen=True)
class CheckResult:
    """A decided check: its verdict, its story and everything that its guest left.

    ``findings`` are those of a check that knows its own places: its kernel is another one.
    """

    check: str
    verdict: Verdict
    seconds: float
    outcome: Outcome
    blamed: KernelReport | None = None
    lost_guest: bool = False
    foreign: tuple[KernelReport, ...] = ()
    console: str = ""
    journal: str = ""
    findings: tuple[Finding, ...] = ()


class Lab(Protocol):
    """Where guests come from."""

    @property
    def hypervisor(self) -> Hypervisor: ...


@dataclass(frozen=True)
class _Trial:
    """One run in one guest."""

    outcome: Outcome
    blamed: KernelReport | None
    foreign: tuple[KernelReport, ...]
    console: str
    journal: str
    settled: bool

    @property
    def doubtful(self) -> bool:
        """Something went wrong that nothing ties to the module."""
        lost = self.outcome.guest_lost or not self.settled
        return self.blamed is None and (bool(self.foreign) or lost)


def run_check(check: GuestCheck, task: Task, hypervisor: Hypervisor) -> CheckResult:
    """Decide one check.

    A sequence with several ways of opening is decided by the first way that passes; reports of
    the kernel from the ways that failed still count as findings.
    """
    # What it waits for other guests of this host is nothing of its own.
    began = time.monotonic() - hypervisor.waited()
    results: list[CheckResult] = []
    for opens in getattr(check, "opens", ("each",)):
        result = _decide(check, task, hypervisor, opens)
        results.append(result)
        if result.verdict != "fail":
            break
    if isinstance(check, schema.ReloadCheck) and results[-1].outcome.in_use:
        # It can't be used at all, which costs where using is tested: load and unload it only.
        results.append(_decide(check, task, hypervisor, "unused"))
    best = next((r for r in results if r.verdict == "pass"), None)
    best = best or next((r for r in results if r.verdict == "error"), results[0])
    if isinstance(check, schema.RandomCheck) and best.verdict == "fail":
        best = _shortest(check, task, hypervisor, best)
    blamed = best.blamed or next((r.blamed for r in results if r.blamed), None)
    seconds = time.monotonic() - hypervisor.waited() - began
    return replace(best, seconds=seconds, blamed=blamed)


def _shortest(
    check: schema.RandomCheck, task: Task, hypervisor: Hypervisor, whole: CheckResult
) -> CheckResult:
    """The same failure with as few operations as can be found in a few tries."""

    def fails(operations: tuple[Operation, ...]) -> CheckResult | None:
        try:
            trial = _trial(check, task, hypervisor, check.opens[0], operations)
        except RingmarkError:
            return None
        judged = not (trial.doubtful or trial.outcome.guest_lost or trial.outcome.passed)
        return _decided(check, trial, lost=False) if judged else None

    if whole.lost_guest:
        return whole
    _, shortest = shorten(whole.outcome.operations, whole, fails, SHORTENING)
    return shortest


def _decide(check: GuestCheck, task: Task, hypervisor: Hypervisor, opens: str) -> CheckResult:
    trials: list[_Trial] = []
    fault: RingmarkError | None = None
    for _ in range(ATTEMPTS):
        try:
            trial = _trial(check, task, hypervisor, opens)
        except RingmarkError as error:
            fault = error
            continue
        trials.append(trial)
        if not trial.doubtful:
            return _decided(check, trial, lost=trial.outcome.guest_lost)
    if not trials:
        return _undecided(check, str(fault))
    last = trials[-1]
    if last.outcome.passed:
        # Only foreign reports, and the module did what was asked: nothing to deduct.
        return _decided(check, last, lost=False)
    if len(trials) == ATTEMPTS and _same_loss(trials):
        # The machine goes down at the same step every time, and it stays up everywhere else.
        return _decided(check, last, lost=True)
    return replace(_undecided(check, ""), outcome=last.outcome, console=last.console)


def _same_loss(trials: list[_Trial]) -> bool:
    def place(trial: _Trial) -> tuple[int, str]:
        return len(trial.outcome.steps), trial.outcome.reason.en if trial.outcome.reason else ""

    return all(t.outcome.guest_lost and not t.foreign for t in trials) and (
        len({place(trial) for trial in trials}) == 1
    )


def _decided(check: GuestCheck, trial: _Trial, *, lost: bool) -> CheckResult:
    verdict: Verdict = "pass" if trial.outcome.passed else "fail"
    return CheckResult(
        check=check.id,
        verdict="not-run" if trial.outcome.untried else verdict,
        seconds=0.0,
        outcome=trial.outcome,
        blamed=trial.blamed,
        lost_guest=lost,
        foreign=trial.foreign,
        console=trial.console,
        journal=trial.journal,
    )


def _undecided(check: GuestCheck, why: str) -> CheckResult:
    reason = Text(
        f"the platform could not decide this check {why}".strip(),
        f"la plate-forme n'a pas pu décider cette vérification {why}".strip(),
    )
    return CheckResult(check.id, "error", 0.0, Outcome(reason))


def _trial(
    check: GuestCheck,
    task: Task,
    hypervisor: Hypervisor,
    opens: str,
    again: tuple[Operation, ...] | None = None,
) -> _Trial:
    with hypervisor.restore(
        cpus=schema.processors(check), template=task.loaded.template if task.loaded else None
    ) as guest:
        began, started = guest.channel.now(), time.monotonic()
        session = Session(guest, reports=lambda: reports_of_module(guest, task))
        try:
            outcome = _experiment(check, task, session, opens, again)
        except PlatformFault:
            # A guest in which nothing gets anywhere is overloaded, or broken by what the kernel
            # has reported of the module.
            broken = _broken_by_module(session)
            if broken is None:
                raise
            outcome = broken
        nonce = end_nonce()
        settled = not outcome.guest_lost and session.settle(nonce)
        console = guest.console.text()
        reports = [*find_reports(console), *outcome.leaks]
        kept = (guest.channel.now() - began) / max(time.monotonic() - started, 1e-3)
        mine = [report for report in _of_module(reports, task) if _credible(report, kept)]
        foreign = tuple(r for r in reports if r not in mine) if not mine else ()
        if isinstance(check, schema.IrqUnloadCheck):
            foreign = ()  # judged in the experiment: what rmmod leaves oopses without the module
        journal = b""
        # A guest that died, or answers nothing, leaves its console only. Nor is the journal of a
        # pass worth a third of the check's time: its console has the same lines.
        if settled and (reports or not outcome.passed or check.kind in ("load", "reload")):
            journal = guest.journal(Patience().answer, nonce)
        return _Trial(
            outcome,
            mine[0] if mine else None,
            foreign,
            console,
            journal.decode("utf-8", "replace"),
            settled,
        )


def _credible(report: KernelReport, kept: float) -> bool:
    """The kernel takes a processor that did not get on for half a minute for stalled. So it finds
    one that the host gave to others meanwhile. Where the platform asked, by an NMI, it has waited.
    """
    watched = report.kind in ("stall", "hung") and not report.title.startswith(ASKED)
    return not watched or kept >= CREDIBLE


def _of_module(reports: Iterable[KernelReport], task: Task) -> list[KernelReport]:
    name = task.module.kernel_name
    return [report for report in reports if involves_module(report, name, [MODULE_AREA])]


def reports_of_module(guest: Guest, task: Task) -> list[KernelReport]:
    return _of_module(find_reports(guest.console.text()), task)


def _broken_by_module(session: Session) -> Outcome | None:
    mine = session.reports()
    if not mine:
        return None
    title = title_in_both(mine[0].title)
    reason = Text(
        f"after the kernel's report ({title.en}) nothing gets anywhere any more",
        f"après le rapport du noyau ({title.fr}), plus rien n'avance",
    )
    return Outcome(reason, tuple(session.steps))


#: Experiments that need nothing but the check, the task and the guest.
_PLAIN: dict[type[GuestCheck], Callable[[Any, Task, Session], Outcome]] = {
    schema.AttributesCheck: run_attributes,
    schema.StagedCheck: run_staged,
    schema.SleepsCheck: run_sleeps,
    schema.StressCheck: run_stress,
    schema.FaultsCheck: run_faults,
    schema.RaisesCheck: run_raises,
    schema.IrqUnloadCheck: run_irq_unload,
    schema.LoadCheck: run_load,
}


def _experiment(
    check: GuestCheck,
    task: Task,
    session: Session,
    opens: str,
    again: tuple[Operation, ...] | None,
) -> Outcome:
    match check:
        case schema.SequenceCheck():
            return run_sequence(check, task, session, "once" if opens == "once" else "each")
        case schema.RandomCheck():
            way: Opens = "once" if opens == "once" else "each"
            return run_random(check, task, session, way, again)
        case schema.ReloadCheck():
            return run_reload(check, task, session, use=opens != "unused")
    return _PLAIN[type(check)](check, task, session)
