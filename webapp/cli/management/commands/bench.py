"""``manage.py bench``: a check, whole markings and memory, beside cold boots and virtme-ng."""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from grader.engine import Engine
from grader.errors import RingmarkError
from grader.grade import grade
from grader.guest.measure import measure_boot, measure_memory, measure_restore
from grader.image import ringmark_home
from grader.intake import read_path
from grader.rubric import load_rubric, shipped_rubrics
from vm_images.progress import Progress
from webapp.cli import virtme_bench
from webapp.cli.check_bench import CheckBench, check_bench
from webapp.cli.environment import accelerator, sandbox

BOOT = "cold boot to the agent's first answer"
RUBRICS = Path(settings.BASE_DIR) / "rubrics"


class Command(BaseCommand):
    help = "Measure, with medians and spread. Figures of one run compare; across runs they do not."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--restores", type=int, default=15)
        parser.add_argument("--markings", type=int, default=3)
        parser.add_argument("--boots", type=int, default=3)
        parser.add_argument("--checks", type=int, default=15)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            figures = self._measure(options)
        except RingmarkError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(3)
        self._show(figures)
        self._keep(figures)

    def _measure(self, options: dict[str, Any]) -> dict[str, list[float]]:
        figures: dict[str, list[float]] = {}
        with self._engine(standby=False) as engine:
            hypervisor, boots = engine.hypervisor, options["boots"]
            hypervisor.prepare(cpus=1)
            self._say(f"cold boots: {boots}")
            figures[BOOT] = measure_boot(hypervisor, boots)
            self._say(f"restores: {options['restores']}")
            figures["restore to the agent's first answer"] = measure_restore(
                hypervisor, options["restores"]
            )
            figures["private memory of a guest, MiB"] = measure_memory(hypervisor)
            self._check(check_bench(engine, RUBRICS), options, figures)
        with self._engine(standby=True) as engine:
            bench = check_bench(engine, RUBRICS)
            figures["a check: its guest standing by"] = bench.fresh(options["checks"])
            for tp in shipped_rubrics():
                self._mark(tp, engine, options["markings"], figures)
        return figures

    def _engine(self, *, standby: bool) -> AbstractContextManager[Engine]:
        """Its guests started when they are needed, or (``standby``) one always beforehand, as
        submissions are marked.
        """
        return Engine.open(ringmark_home(), accel=accelerator(), sandbox=sandbox(), standby=standby)

    def _check(
        self, bench: CheckBench, options: dict[str, Any], figures: dict[str, list[float]]
    ) -> None:
        """The same check on fresh kernels, made in as many ways as there are."""
        times, boots = options["checks"], options["boots"]
        self._say(f"checks: {times} restored, {boots} booted")
        figures["a check: restore, load, operate, observe"] = bench.fresh(times)
        figures["a check: with the module loaded before"] = bench.preloaded(times)
        figures["a check: cold boot for it"] = bench.booted(boots)
        hindrance = virtme_bench.obstacle()
        if hindrance:
            self._say(f"no figures of virtme-ng: {hindrance}")
            return
        kernel = virtme_bench.kernel(ringmark_home(), self._built)
        self._say(f"virtme-ng: {boots}")
        try:
            figures["a check: virtme-ng boots for it"] = virtme_bench.measure(
                kernel, bench.task.module.data, boots
            )
        except RuntimeError as failed:
            self._say(f"no figures of virtme-ng: {failed}")

    def _built(self, progress: Progress) -> None:
        if progress.done % 200 == 0:
            self._say(f"kernel for virtme-ng: {progress.step} {progress.done} of {progress.total}")

    def _say(self, line: str) -> None:
        self.stderr.write(line)

    def _mark(
        self, tp: str, engine: Engine, markings: int, figures: dict[str, list[float]]
    ) -> None:
        """The reference of a TP, marked again and again; the first time templates may be booted."""
        rubric, tree = load_rubric(tp), read_path(RUBRICS / tp / "reference" / "asee_mod.c")
        whole: list[float] = []
        for number in range(markings + 1):
            self._say(f"{tp}: marking {number} of {markings}")
            began = time.monotonic()
            report = grade(tree, rubric, engine, seed=number)
            if report.score != report.max_score:
                sys.exit(f"the reference got {report.score}: figures of a wrong run say nothing")
            if number == 0:
                continue
            whole.append(time.monotonic() - began)
            for part, seconds in report.timings.items():
                figures.setdefault(f"  {tp}: {part}", []).append(seconds)
        figures[f"a correct {tp.upper()} marked"] = whole

    def _show(self, figures: dict[str, list[float]]) -> None:
        boot = statistics.median(figures[BOOT])
        table = Table(title=f"{platform.processor() or platform.machine()}, seconds")
        for column in ("what", "median", "lowest", "highest", "runs", "cold boot is"):
            table.add_column(column, justify="left" if column == "what" else "right")
        for what, seconds in sorted(figures.items(), key=lambda item: item[0].startswith(" ")):
            middle = statistics.median(seconds)
            table.add_row(
                what,
                *_cells(seconds),
                str(len(seconds)),
                f"{boot / middle:.1f} times" if middle and "MiB" not in what else "",
            )
        Console().print(table)

    def _keep(self, figures: dict[str, list[float]]) -> None:
        folder = Path(settings.VAR) / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
        path.write_text(json.dumps(figures, indent=1))
        self._say(f"kept in {path}")


def _cells(seconds: Sequence[float]) -> tuple[str, str, str]:
    return f"{statistics.median(seconds):.3f}", f"{min(seconds):.3f}", f"{max(seconds):.3f}"
