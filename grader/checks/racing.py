"""Check kind ``race``: does the module's code change the channel on two processors at once?

On a kernel that watches memory accesses (KCSAN; its own image and a build of the module for it),
writers and readers use the device as fast as they can. One pair of accesses that loses something is
enough to fail; to pass, so many writes must have gone by without one. See ``docs/rubrics.md``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from grader.build import Module, Place, Query, Sandbox, Symbols, build_module
from grader.checks.context import Outcome, Task
from grader.checks.race_stress import (
    ModuleRefused,
    Run,
    Stress,
    load_and_open,
    watch,
)
from grader.checks.race_verdict import Judged, judge, races_of
from grader.checks.run import CheckResult
from grader.checks.say import Text
from grader.checks.session import Lost, Session
from grader.checks.statements import Source
from grader.errors import PlatformFault, RingmarkError
from grader.guest.hypervisor import Hypervisor
from grader.image import Image
from grader.kernel_reports import KernelReport, find_reports, involves_module, module_frames
from grader.kernel_reports.model import Frame
from grader.report import Finding, Step, Verdict
from grader.rubric import schema

#: Races need them.
RACE_CPUS = 2
#: Guests that are tried: a module without locks stalls early, a platform's fault may pass.
GUESTS = 5
#: Writes below which silence means nothing at all.
FEWEST = 200
#: Seconds after which no new guest is begun.
LONGEST = 120.0
#: Writes more, in hundredths of those asked for, when both sides were seen to store to the same
#: place and nothing was seen to change.
LONGER = 200
#: Findings of either sort that are kept: nobody reads the tenth.
TOLD = 4
TEXT_CAP = 16_384
#: What else a module may do to this kernel that is certainly its own doing.
CRASHES = frozenset({"oops", "panic", "warn"})

NOT_LOADED = Text(
    "the module does not load on the kernel that detects races",
    "le module ne se charge pas sur le noyau qui détecte les accès concurrents",
)
NOT_OPENED = Text(
    "two writers and two readers cannot have the device open at once",
    "deux écrivains et deux lecteurs ne peuvent pas ouvrir le périphérique à la fois",
)
NOT_USED = Text(
    "writers and readers block each other before anything could be observed",
    "écrivains et lecteurs se bloquent avant que quoi que ce soit ait pu être observé",
)


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
        result = _decide(check, task, lab(), began)
    except RingmarkError as fault:
        reason = Text(
            f"the platform could not decide this check: {fault}",
            f"la plate-forme n'a pas pu décider cette vérification : {fault}",
        )
        result = CheckResult(check.id, "error", 0.0, Outcome(reason))
    return replace(result, seconds=time.monotonic() - began)


class _Evidence:
    """What all guests of one check showed."""

    def __init__(self, module: Module, sandbox: Sandbox) -> None:
        self._module = module.kernel_name
        self._symbols = Symbols(module, sandbox)
        self._source = Source(module.tree.files)
        self._places: dict[Frame, Place | None] = {}
        self.races: list[Judged] = []
        self.crashes: list[KernelReport] = []
        self.writes = 0
        self.console = ""

    def take(self, text: str) -> bool:
        """Judge the reports in a part of the log. True when there is a harmful one."""
        pairs = races_of(find_reports(text), self._module)
        self.locate([f for _, race in pairs for s in race.sides if (f := s.frame(self._module))])
        self.races += [
            judge(report, race, self._module, self._source, self._places.get)
            for report, race in pairs
        ]
        return any(race.harmful for race in self.races)

    def add(self, run: Run, console: str) -> None:
        """A guest is over."""
        self.writes += run.writes
        # Of a guest that went down, the console has the last words.
        self.console = run.log + (console if run.end == "lost" else "")
        self.crashes += [
            report
            for report in find_reports(self.console)
            if report.kind in CRASHES and involves_module(report, self._module)
        ]

    def locate(self, frames: Sequence[Frame]) -> None:
        new = [frame for frame in dict.fromkeys(frames) if frame not in self._places]
        queries = [Query(f.function, f.offset, is_return=f.is_return) for f in new]
        if queries:
            self._places |= dict(zip(new, self._symbols.places(queries), strict=True))

    @property
    def doubtful(self) -> bool:
        return any(race.kind == "same" for race in self.races)

    def findings(self, check: str) -> tuple[Finding, ...]:
        """The harmful pairs, a few harmless ones as advice, and what crashed."""
        ordered = sorted(self.races, key=lambda race: (race.kind != "changed", race.blame is None))
        harmful = _distinct([race for race in ordered if race.harmful])
        harmless = _distinct([race for race in ordered if race.kind in ("looks", "same")])
        found = [_finding(race, check) for race in [*harmful[:TOLD], *harmless[:TOLD]]]
        for report in self.crashes[:1]:
            frames = module_frames(report, self._module)
            self.locate(frames)
            places = [place for frame in frames if (place := self._places.get(frame))]
            place = places[0] if places else None
            found.append(_placed(report, place, check))
        return tuple(found)


def _decide(check: schema.RaceCheck, task: Task, lab: RaceLab, began: float) -> CheckResult:
    built = build_module(task.module.tree, lab.image, lab.sandbox)
    if built.module is None:
        raise PlatformFault("the module compiles for one kernel and not for the other")
    evidence = _Evidence(built.module, lab.sandbox)
    story = _Story()
    fault: RingmarkError | None = None
    tried, wanted = 0, check.operations
    for _ in range(GUESTS):
        try:
            refusal = _one_guest(built.module, task, lab, evidence, wanted, story)
        except RingmarkError as error:
            fault = error
            continue
        tried += 1
        if evidence.doubtful:
            wanted = check.operations * (100 + LONGER) // 100
        if refusal is not None:
            return _result(check, "not-run", refusal, story, evidence)
        if any(race.harmful for race in evidence.races) or evidence.writes >= wanted:
            break
        if time.monotonic() - began > LONGEST:
            break
    if not tried and fault is not None:
        raise fault
    harmful = [race for race in evidence.races if race.harmful]
    if harmful:
        return _result(check, "fail", _reason(harmful), story, evidence)
    if evidence.writes < FEWEST:
        return _result(check, "not-run", NOT_USED, story, evidence)
    return _result(check, "pass", None, story, evidence)


@dataclass
class _Story:
    steps: list[Step] = field(default_factory=list)

    def tell(self, run: Run, races: int, harmful: int) -> None:
        ends = {
            "done": "",
            "told": "",
            "stalled": ", then all of them wait",
            "lost": ", then the kernel or a process goes down",
        }
        seen = f"{run.writes} writes, {races} reports, {harmful} of a change lost{ends[run.end]}"
        self.steps.append(
            Step(
                actor="2 writers, 2 readers",
                action="write and read at once on two processors",
                expected="never two changes of the same data at once",
                seen=seen,
                ok=harmful == 0,
            )
        )


def _one_guest(
    module: Module, task: Task, lab: RaceLab, evidence: _Evidence, wanted: int, story: _Story
) -> Text | None:
    """Stress one guest. Returns why there is nothing to stress, if so."""
    with lab.hypervisor.restore(cpus=RACE_CPUS) as guest:
        session = Session(guest)
        try:
            actors = load_and_open(session, module.data, task.settings.device)
            if actors is None:
                return NOT_OPENED
            watch(session)
        except (Lost, ModuleRefused):
            return NOT_LOADED
        before = len(evidence.races)
        run = Stress(session, actors, wanted - evidence.writes).run(evidence.take)
        if run.end == "lost":
            guest.wait_death(2.0)
        evidence.add(run, guest.console.text())
        mine = evidence.races[before:]
        story.tell(run, len(mine), sum(race.harmful for race in mine))
    return None


def _result(
    check: schema.RaceCheck,
    verdict: Verdict,
    reason: Text | None,
    story: _Story,
    evidence: _Evidence,
) -> CheckResult:
    return CheckResult(
        check=check.id,
        verdict=verdict,
        seconds=0.0,
        outcome=Outcome(reason, tuple(story.steps)),
        console=evidence.console,
        findings=evidence.findings(check.id),
    )


def _reason(harmful: Sequence[Judged]) -> Text:
    """The clearest pair in words: one with both lines known, both sides storing."""
    best = min(harmful, key=lambda race: (race.kind != "changed", None in race.places))
    known = [place for place in best.places if place is not None]
    where = [f"{place.function}() ({place.file}:{place.line})" for place in known]
    if len(where) == 2 and where[0] == where[1]:
        place = f" in {where[0]}, run by both"
        fr_place = f" dans {where[0]}, exécutée par les deux"
    elif where:
        place = f" in {' and '.join(where)}"
        fr_place = f" dans {' et '.join(where)}"
    else:
        place = fr_place = ""
    return Text(
        f"two processors change the same data at once{place}",
        f"deux processeurs modifient les mêmes données en même temps{fr_place}",
    )


def _distinct(races: Sequence[Judged]) -> list[Judged]:
    """One for each place that is to blame."""
    return list({(race.harmful, race.blame): race for race in reversed(races)}.values())[::-1]


def _finding(race: Judged, check: str) -> Finding:
    return _placed(race.report, race.blame, check, advice=not race.harmful)


def _placed(
    report: KernelReport, place: Place | None, check: str, *, advice: bool = False
) -> Finding:
    return Finding(
        kind=report.kind,
        title=report.title,
        file=place.file if place else None,
        line=place.line if place else None,
        function=place.function if place else None,
        check=check,
        text=report.text[:TEXT_CAP],
        advice=advice,
    )
