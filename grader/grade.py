"""Mark one submission. Read this first.

A submission is built, its module is loaded once to survey it, then taken through the rubric's
checks, each in a guest of its own; the findings of all guests decide the last criterion.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from grader import events, findings, verdicts
from grader.build import BuildResult, Module, advice, build_module
from grader.checks.context import Loaded, Outcome, Survey, Task
from grader.checks.init_failures import InitFailure, try_init_failures
from grader.checks.interrupts import find_attribute
from grader.checks.preloading import preloaded
from grader.checks.racing import run_race
from grader.checks.run import CheckResult, GuestCheck, run_check
from grader.checks.say import Text
from grader.checks.session import Lost
from grader.engine import Engine
from grader.errors import RingmarkError
from grader.intake import SourceTree
from grader.report import (
    CheckReport,
    CriterionReport,
    Finding,
    Report,
    RubricName,
)
from grader.rubric import Criterion, Rubric
from grader.rubric.schema import (
    BuildCheck,
    CleanCheck,
    LoadCheck,
    RaceCheck,
    loads_itself,
    needs_count,
    needs_device,
    needs_interrupt,
    needs_size,
    processors,
)
from grader.verdicts import Decision

logger = logging.getLogger(__name__)

#: What needs a guest, of whichever kernel.
Tried = GuestCheck | RaceCheck

NOT_BUILT = Text("the module does not compile", "le module ne compile pas")
NOT_LOADED = Text("the module does not load", "le module ne se charge pas")
NO_DEVICE = Text(
    "the module registers no device that could be opened",
    "le module n'enregistre aucun périphérique à ouvrir",
)
NO_SIZE = Text(
    "the module has no attribute for the size",
    "le module n'a pas d'attribut pour la taille",
)
NO_COUNT = Text(
    "the module has no attribute for the count",
    "le module n'a pas d'attribut pour le compte",
)
NO_INTERRUPT = Text(
    "no attribute of the module's raises an interrupt or releases a blocked task",
    "aucun attribut du module ne lève d'interruption ni ne libère de tâche bloquée",
)


def grade(
    tree: SourceTree,
    rubric: Rubric,
    engine: Engine,
    seed: int,
    on_event: events.Listener = events.ignore,
    *,
    attribute: str = "",
) -> Report:
    """Mark ``tree`` by ``rubric``. The same seed draws the same payloads. ``attribute``: what the
    student says raises the interrupt, in rubrics that have one.

    Raises:
        PlatformFault: nothing could be tried at all (sandbox or QEMU do not start). What fails
            for single checks only is in the report, with status ``error``.
    """
    rubric = rubric.with_attribute(attribute)
    tree = replace(tree, device=rubric.settings.device)
    marking = _Marking(rubric, on_event)
    marking.begin()
    with ThreadPoolExecutor(1, thread_name_prefix="template") as aside:
        template = aside.submit(engine.hypervisor.prepare, cpus=1)
        with marking.timed("build"):
            build = build_module(tree, engine.image, engine.sandbox)
        on_event(events.BuildFinished(build.report.ok, build.seconds))
        marking.decide_build(build)
        with marking.timed("template"):
            template.result()
    if build.module is not None:
        with ThreadPoolExecutor(1, thread_name_prefix="advice") as aside:
            advised = aside.submit(_advice, tree, engine)
            with marking.timed("checks"):
                _run_checks(marking, build.module, engine, seed)
            with marking.timed("findings"):
                marking.find(build.module, engine)
                marking.findings += findings.init_advice(
                    build.module, marking.init_failure, engine.sandbox
                )
                marking.findings += advised.result()
    else:
        marking.leave_out(NOT_BUILT)
    return marking.report(build, engine, seed)


def _advice(tree: SourceTree, engine: Engine) -> tuple[Finding, ...]:
    """What sparse says; nothing when it cannot be asked, for no mark depends on it."""
    try:
        return advice(tree, engine.image, engine.sandbox)
    except RingmarkError:
        logger.exception("no advice from sparse")
        return ()


def _run_checks(marking: _Marking, module: Module, engine: Engine, seed: int) -> None:
    """The load check surveys what the others need; meanwhile the guest that they start from is
    made. They then run side by side.
    """
    task = Task(module, marking.rubric.settings, seed)
    criterion, load = marking.load_check()
    with (
        ThreadPoolExecutor(engine.guests, thread_name_prefix="check") as pool,
        ExitStack() as owned,
    ):
        first = pool.submit(_one_check, marking, criterion, load, task, engine)
        loaded = owned.enter_context(preloaded(task, engine.hypervisor))
        result = first.result()
        marking.finished(result, criterion)
        survey = result.outcome.survey
        if result.verdict == "error":
            marking.leave_out(verdicts.WITHHELD, verdict=Decision("error", verdicts.WITHHELD))
            return
        if survey is None:
            marking.leave_out(NOT_LOADED)
            return
        beside = pool.submit(_init_failure, replace(task, survey=survey), engine)
        if task.settings.interrupt and survey.device:
            found = find_attribute(replace(task, survey=survey, loaded=loaded), engine.hypervisor)
            survey = replace(survey, interrupt=found)
        marking.leave_out_untriable(survey)
        _run_surveyed(marking, replace(task, survey=survey), loaded, engine, pool)
        marking.init_failure = beside.result()


def _run_surveyed(
    marking: _Marking,
    task: Task,
    loaded: Loaded | None,
    engine: Engine,
    pool: ThreadPoolExecutor,
) -> None:
    """All that is left, the longest first. Guests of several processors come last and have the
    machine to themselves: a processor that waits for its turn makes the others wait for it.
    """
    waiting = sorted(marking.guest_checks(), key=_cost, reverse=True)
    narrow = [item for item in waiting if processors(item[1]) == 1]
    wide = [item for item in waiting if processors(item[1]) > 1]
    _side_by_side(marking, narrow, task, loaded, engine, pool)
    with ThreadPoolExecutor(max(1, engine.guests // 2), thread_name_prefix="wide") as few:
        _side_by_side(marking, wide, task, loaded, engine, few)


def _init_failure(task: Task, engine: Engine) -> InitFailure | None:
    """Advice as well: nothing where it cannot be had."""
    try:
        return try_init_failures(task, engine.hypervisor)
    except (RingmarkError, Lost):
        logger.exception("no advice on init's failures")
        return None


def _side_by_side(
    marking: _Marking,
    waiting: Sequence[tuple[Criterion, GuestCheck | RaceCheck]],
    task: Task,
    loaded: Loaded | None,
    engine: Engine,
    pool: ThreadPoolExecutor,
) -> None:
    """As many at once as the pool has threads."""
    jobs: dict[Future[CheckResult], Criterion] = {}
    for criterion, check in waiting:
        started = task if loads_itself(check) else replace(task, loaded=loaded)
        job = pool.submit(_one_check, marking, criterion, check, started, engine)
        jobs[job] = criterion
    try:
        for job in as_completed(jobs):
            marking.finished(job.result(), jobs[job])
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise


def _one_check(
    marking: _Marking, criterion: Criterion, check: Tried, task: Task, engine: Engine
) -> CheckResult:
    marking.started(check, criterion)
    if isinstance(check, RaceCheck):
        return run_race(check, task, engine.race.lab)
    return run_check(check, task, engine.hypervisor)


def _cost(item: tuple[Criterion, Tried]) -> int:
    weights = {"race": 200, "reload": 100, "sleeps": 50, "random": 10}
    return weights.get(item[1].kind, 1)


@dataclass
class _Marking:
    """One marking under way: what is decided, and who is told."""

    rubric: Rubric
    on_event: events.Listener
    results: dict[str, CheckResult] = field(default_factory=dict)
    decided: dict[str, CriterionReport] = field(default_factory=dict)
    build_checks: dict[str, CheckReport] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    init_failure: InitFailure | None = None
    timings: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.timings[part] = round(time.monotonic() - began, 3)

    # -- the rubric's parts ----------------------------------------------------------------------

    def load_check(self) -> tuple[Criterion, LoadCheck]:
        return next(
            (criterion, check)
            for criterion in self.rubric.criteria
            for check in criterion.checks
            if isinstance(check, LoadCheck)
        )

    def guest_checks(self) -> list[tuple[Criterion, Tried]]:
        """Every check that still needs a guest, but for the load check."""
        return [
            (criterion, check)
            for criterion in self.rubric.criteria
            if criterion.id not in self.decided
            for check in criterion.checks
            if check.id not in self.results
            and not isinstance(check, BuildCheck | CleanCheck | LoadCheck)
        ]

    # -- telling ---------------------------------------------------------------------------------

    def begin(self) -> None:
        checks = sum(len(criterion.checks) for criterion in self.rubric.criteria)
        self.on_event(events.Started(tuple(c.id for c in self.rubric.criteria), checks))

    def started(self, check: Tried, criterion: Criterion) -> None:
        with self.lock:
            self.on_event(events.CheckStarted(check.id, criterion.id))

    def finished(self, result: CheckResult, criterion: Criterion) -> None:
        """Note a decided check, and its criterion when that was the last it waited for."""
        with self.lock:
            self.results[result.check] = result
            self.on_event(
                events.CheckFinished(result.check, criterion.id, result.verdict, result.seconds)
            )
            mine = [self.results.get(check.id) for check in criterion.checks]
            if all(mine):
                self.decide(criterion, verdicts.decide(criterion, [r for r in mine if r]))

    def decide(self, criterion: Criterion, decision: Decision) -> None:
        report = verdicts.criterion_report(criterion, decision, self.check_reports(criterion))
        self.decided[criterion.id] = report
        self.on_event(events.CriterionDecided(verdicts.criterion_report(criterion, decision)))

    def check_reports(self, criterion: Criterion) -> list[CheckReport]:
        known = {name: verdicts.check_report(result) for name, result in self.results.items()}
        known |= self.build_checks
        return [known[check.id] for check in criterion.checks if check.id in known]

    # -- criteria that no guest decides ----------------------------------------------------------

    def decide_build(self, build: BuildResult) -> None:
        criterion, check = next(
            (criterion, check)
            for criterion in self.rubric.criteria
            for check in criterion.checks
            if isinstance(check, BuildCheck)
        )
        if build.report.ok:
            self.build_checks[check.id] = CheckReport(
                id=check.id, verdict="pass", seconds=build.seconds
            )
            self.decide(criterion, Decision("pass", verdicts.PASSED))
            return
        errors = [d for d in build.report.diagnostics if d.severity == "error"]
        reason = verdicts.compiler_says(errors[0]) if errors else verdicts.BUILD_FAILED
        self.build_checks[check.id] = verdicts.unrun_check_report(check.id, "fail", reason)
        self.decide(criterion, Decision("fail", verdicts.with_hint(criterion, reason)))

    def leave_out(self, because: Text, verdict: Decision | None = None) -> None:
        """Everything not decided yet was not tried."""
        for criterion in self.rubric.criteria:
            if criterion.id not in self.decided:
                self.decide(criterion, verdict or verdicts.not_run(because))

    def leave_out_untriable(self, survey: Survey) -> None:
        """Without a device to open, what reads and writes cannot be tried; without an attribute,
        what needs it cannot. The rest can.
        """
        lacks = [
            (not survey.device, needs_device, NO_DEVICE),
            (survey.attributes.size is None, needs_size, NO_SIZE),
            (survey.attributes.count is None, needs_count, NO_COUNT),
            (survey.interrupt is None, needs_interrupt, NO_INTERRUPT),
        ]
        for criterion in self.rubric.criteria:
            for check in criterion.checks:
                missing = [because for lacking, needs, because in lacks if lacking and needs(check)]
                if missing and check.optional:
                    untried = Outcome(missing[0], untried=True)
                    self.results[check.id] = CheckResult(check.id, "not-run", 0.0, untried)
                elif missing and criterion.id not in self.decided:
                    self.decide(criterion, verdicts.not_run(missing[0]))

    def find(self, module: Module, engine: Engine) -> None:
        """Turn the guests' reports into findings, and decide what rests on them."""
        # In the rubric's order, whichever guest was the first to end: what several checks met is
        # told of the same one in every run.
        order = [check.id for criterion in self.rubric.criteria for check in criterion.checks]
        results = [self.results[name] for name in order if name in self.results]
        self.findings = findings.module_findings(module, results, engine.sandbox)
        for criterion in self.rubric.criteria:
            if criterion.id not in self.decided:
                self.decide(criterion, self.by_findings(criterion))
        self.findings += findings.foreign_findings(results)

    def by_findings(self, criterion: Criterion) -> Decision:
        """A criterion with a check of kind ``clean``: its other checks first, if it has any."""
        mine = [self.results[check.id] for check in criterion.checks if check.id in self.results]
        decision = verdicts.decide(criterion, mine)
        if decision.verdict != "pass":
            return decision
        kinds = {
            kind
            for check in criterion.checks
            if isinstance(check, CleanCheck)
            for kind in self.rubric.kinds_of(check)
        }
        return verdicts.decide_clean(criterion, self.findings, kinds, self.results.values())

    # -- the document ----------------------------------------------------------------------------

    def report(self, build: BuildResult, engine: Engine, seed: int) -> Report:
        criteria = tuple(self.decided[criterion.id] for criterion in self.rubric.criteria)
        undecided = [report.id for report in criteria if report.verdict == "error"]
        load = self.results.get(self.load_check()[1].id)
        return Report(
            status="error" if undecided else "graded",
            message=f"could not be decided: {', '.join(undecided)}" if undecided else "",
            tp=self.rubric.tp,
            rubric=RubricName(id=self.rubric.id, version=self.rubric.version),
            image=engine.image.id,
            seed=seed,
            score=None if undecided else sum(report.points for report in criteria),
            max_score=self.rubric.max_score,
            criteria=criteria,
            findings=self.findings + findings.warnings(build.report.diagnostics),
            build=build.report,
            journal=load.journal if load else "",
            console=load.console if load else "",
            timings=self.timings,
        )
