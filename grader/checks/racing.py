"""Check kind ``race``: does the module's code change the channel on two processors at once?

On a kernel that watches memory accesses (KCSAN; its own image and a build of the module for it),
writers and readers use the device as fast as they can. One pair of accesses that loses something is
enough to fail; to pass, so many writes must have gone by without one. See ``docs/rubrics.md``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from grader.build import Module, Sandbox, build_module
from grader.checks.context import Outcome, Task
from grader.checks.race_evidence import Evidence, reason_for
from grader.checks.race_stress import Run, Stress, watch
from grader.checks.race_team import ModuleRefused, load_and_open
from grader.checks.run import CheckResult
from grader.checks.say import Text
from grader.checks.session import Lost, Session
from grader.errors import PlatformFault, RingmarkError
from grader.guest.hypervisor import Hypervisor
from grader.image import Image
from grader.report import Step, Verdict
from grader.rubric import schema
from grader.texts import same

#: Races need two processors, in one thread of the host: whenever one waits (watching memory, or for
#: a lock) it is the other's turn, so that each watch sees some of what the other does, however busy
#: the host is. With a thread each, a host that had taken the lock's holder off its processor would
#: let the other one spin.
RACE_CPUS = 2
RACE_ACCEL = "tcg-single"
#: Guests that are tried: a module without locks stalls early, a platform's fault may pass.
GUESTS = 5
#: Guests after which a module with fewer than so many writes is let be: when all waited, and when
#: the guests went down or answered no more; and after which one that does not load here is.
STALLED = 3
LOST = 2
FEWEST = 200
REFUSALS = 2
#: Seconds, by the guests' own clocks, after which no new guest is begun.
LONGEST = 90.0
#: So many times the writes when what was seen leaves a doubt.
LONGER = 3

NOT_LOADED = Text(
    "the module does not load on the kernel that detects races",
    "le module ne se charge pas sur le noyau qui détecte les accès concurrents",
)

_AT_ONCE = Text(
    "write and read at once on two processors",
    "écriture et lecture en même temps sur deux processeurs",
)
_FOUR = Text("2 writers, 2 readers", "2 écrivains, 2 lecteurs")
_AND_SIZES = Text(", and one who sets the size", ", et un qui règle la taille")
_NEVER_TWO = Text(
    "never two changes of the same data at once",
    "jamais deux modifications simultanées des mêmes données",
)
_ENDS = {
    "stalled": Text(", then the writers wait for ever", ", puis les écrivains attendent sans fin"),
    "refusing": Text(
        ", then no size is taken any more", ", puis plus aucune taille n'est acceptée"
    ),
    "lost": Text(
        ", then a process or the kernel goes down", ", puis un processus ou le noyau tombe"
    ),
}


@dataclass(frozen=True)
class RaceLab:
    """The race kernel: its image, its guests, and the sandbox that compiles for it."""

    image: Image
    hypervisor: Hypervisor
    sandbox: Sandbox


def run_race(check: schema.RaceCheck, task: Task, lab: Callable[[], RaceLab]) -> CheckResult:
    """Decide one check. ``lab`` opens the race kernel, or has it open."""
    began = time.monotonic()
    try:
        there = lab()
        # What it waits for other guests of this host is nothing of its own.
        began -= there.hypervisor.waited()
        result = _decide(check, task, there)
        began += there.hypervisor.waited()
    except RingmarkError as fault:
        reason = Text(
            f"the platform could not decide this check: {fault}",
            f"la plate-forme n'a pas pu décider cette vérification : {fault}",
        )
        result = CheckResult(check.id, "error", 0.0, Outcome(reason))
    return replace(result, seconds=time.monotonic() - began)


def _decide(check: schema.RaceCheck, task: Task, lab: RaceLab) -> CheckResult:
    built = build_module(task.module.tree, lab.image, lab.sandbox)
    if built.module is None:
        raise PlatformFault("the module compiles for one kernel and not for the other")
    evidence = Evidence(built.module, lab.sandbox)
    story = _Story()
    faults: list[RingmarkError] = []
    refused = 0
    for number in range(1, GUESTS + 1):
        wanted = check.operations * (LONGER if evidence.doubtful else 1)
        try:
            _one_guest(built.module, task, lab, evidence, wanted, story)
        except RingmarkError as fault:
            faults.append(fault)
        except (Lost, ModuleRefused):
            refused += 1
        if evidence.harmful or refused == REFUSALS:
            break
        if evidence.writes >= check.operations * (LONGER if evidence.doubtful else 1):
            break
        stalls = STALLED if evidence.alive else LOST
        if number - len(faults) >= stalls and evidence.writes < FEWEST:
            break  # what keeps it from being used is for others to say
        if story.seconds > LONGEST:
            break
    if evidence.harmful:
        return _result(check, "fail", reason_for(evidence.harmful), story, evidence)
    if not story.steps and refused:
        return _result(check, "not-run", NOT_LOADED, story, evidence)
    if not story.steps:
        raise faults[-1]
    return _result(check, "pass", None, story, evidence)


@dataclass
class _Story:
    """What was done, a line for each guest; and how long it took them."""

    steps: list[Step] = field(default_factory=list)
    seconds: float = 0.0
    resizing: bool = False

    @contextmanager
    def timed(self, now: Callable[[], float]) -> Iterator[None]:
        """Count the time of the block, ended however."""
        began = now()
        try:
            yield
        finally:
            self.seconds += now() - began

    def tell(self, run: Run, reports: int, harmful: int) -> None:
        seen = Text(
            f"{run.writes or 'a few'} writes, {reports} reports, {harmful} of two changes at once",
            f"{run.writes or 'quelques'} écritures, {reports} rapports, dont {harmful} de deux "
            "modifications simultanées",
        )
        end = _ENDS.get(run.end, same(""))
        self._add(_AT_ONCE, Text(seen.en + end.en, seen.fr + end.fr), harmful)

    def tell_alone(self) -> None:
        self._add(
            Text("open the device", "ouverture du périphérique"),
            Text(
                "not all of them can have it open at once",
                "ils ne peuvent pas tous l'avoir ouvert à la fois",
            ),
            0,
        )

    def _add(self, action: Text, seen: Text, harmful: int) -> None:
        who = Text(_FOUR.en + _AND_SIZES.en, _FOUR.fr + _AND_SIZES.fr) if self.resizing else _FOUR
        words = {"actor": who, "action": action, "expected": _NEVER_TWO, "seen": seen}
        self.steps.append(Step.model_validate({**words, "ok": not harmful}))


def _one_guest(
    module: Module, task: Task, lab: RaceLab, evidence: Evidence, wanted: int, story: _Story
) -> None:
    """Stress one guest.

    Raises:
        Lost, ModuleRefused: it did not come to that, by the module's doing.
        PlatformFault: or by ours.
    """
    with lab.hypervisor.restore(cpus=RACE_CPUS) as guest, story.timed(guest.channel.now):
        session = Session(guest)
        size = task.attributes.size
        team = load_and_open(
            session, module.data, task.settings.device, size, task.settings.capacity
        )
        if team is None:  # what one task uses at a time cannot race
            story.tell_alone()
            evidence.writes += wanted
            return
        story.resizing = team.resizer is not None
        watch(session)
        before = len(evidence.races)
        run = Stress(session, team, wanted - evidence.writes).run(evidence.take)
        if run.end == "lost":
            guest.wait_death(2.0)
        evidence.add(run, guest.console.text())
        mine = evidence.races[before:]
        story.tell(run, len(mine), sum(race.harmful for race in mine))


def _result(
    check: schema.RaceCheck,
    verdict: Verdict,
    reason: Text | None,
    story: _Story,
    evidence: Evidence,
) -> CheckResult:
    return CheckResult(
        check=check.id,
        verdict=verdict,
        seconds=0.0,
        outcome=Outcome(reason, tuple(story.steps), untried=verdict == "not-run"),
        console=evidence.console,
        findings=evidence.findings(check.id),
    )
