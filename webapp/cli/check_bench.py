"""One check, three ways: in a restored guest, in one in which the module is loaded already, and in
one booted for it, as graders do that boot a machine per submission.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.build import build_module
from grader.checks.context import Task
from grader.checks.preloading import preloaded
from grader.checks.run import run_check
from grader.engine import Engine
from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls
from grader.guest.warmup import ALL_MESSAGES, CALL_DEADLINE
from grader.intake import read_path
from grader.rubric import load_rubric
from grader.rubric.schema import LoadCheck, SequenceCheck

#: What is measured: two writes by two processes, a third reads all (rubrics/tp1).
CHECK = "store.two-echoes"


class Booted:
    """In place of a hypervisor: every guest is booted cold, and nothing is saved."""

    def __init__(self, hypervisor: Hypervisor) -> None:
        self._hypervisor = hypervisor

    def waited(self) -> float:
        return 0.0

    @contextmanager
    def restore(self, cpus: int = 1, **_: Any) -> Iterator[QemuGuest]:
        with self._hypervisor.boot(cpus) as guest:
            # As it is in a template: a check waits for its own last line on the console.
            shell = guest.channel.spawn()
            guest.channel.call(shell, calls.ConsoleLevel(ALL_MESSAGES), CALL_DEADLINE)
            guest.channel.kill(shell)
            yield guest


@dataclass(frozen=True)
class CheckBench:
    """A correct TP1, built and surveyed, and a check to try it with."""

    check: SequenceCheck
    task: Task
    engine: Engine

    def fresh(self, times: int) -> list[float]:
        """Seconds of restoring, loading the module, operating, observing, ending."""
        return [self._once(self.task, self.engine.hypervisor) for _ in range(times)]

    def preloaded(self, times: int) -> list[float]:
        """As above, from the submission's own template, in which the module is loaded."""
        with preloaded(self.task, self.engine.hypervisor) as loaded:
            task = replace(self.task, loaded=loaded)
            return [self._once(task, self.engine.hypervisor) for _ in range(times)]

    def booted(self, times: int) -> list[float]:
        """As the first, with a cold boot of the same image in place of the restore."""
        return [self._once(self.task, Booted(self.engine.hypervisor)) for _ in range(times)]

    def _once(self, task: Task, guests: Any) -> float:
        began = time.monotonic()
        result = run_check(self.check, task, guests)
        if result.verdict != "pass":
            raise RuntimeError(f"a correct module failed: {result.outcome.reason}")
        return time.monotonic() - began


def check_bench(engine: Engine, rubrics: Path) -> CheckBench:
    """Build and survey the reference of TP1."""
    rubric = load_rubric("tp1")
    tree = read_path(rubrics / "tp1" / "reference" / "asee_mod.c")
    built = build_module(tree, engine.image, engine.sandbox)
    if built.module is None:
        raise RuntimeError("the reference of TP1 does not build")
    checks = [check for criterion in rubric.criteria for check in criterion.checks]
    task = Task(built.module, rubric.settings, seed=1)
    load = next(check for check in checks if isinstance(check, LoadCheck))
    survey = run_check(load, task, engine.hypervisor).outcome.survey
    if survey is None:
        raise RuntimeError("the reference of TP1 does not load")
    check = next(
        check for check in checks if isinstance(check, SequenceCheck) and check.id == CHECK
    )
    return CheckBench(check, replace(task, survey=survey), engine)
