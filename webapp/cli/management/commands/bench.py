"""``manage.py bench``: restore, first answer and whole markings, beside a cold boot, in one run."""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from grader.engine import Engine
from grader.errors import RingmarkError
from grader.grade import grade
from grader.guest.measure import measure_boot, measure_restore
from grader.image import ringmark_home
from grader.intake import read_path
from grader.rubric import load_rubric, shipped_rubrics
from webapp.cli.environment import accelerator, sandbox

RUBRICS = Path(settings.BASE_DIR) / "rubrics"


class Command(BaseCommand):
    help = "Measure, with medians and spread. Figures of one run compare; across runs they do not."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--restores", type=int, default=15)
        parser.add_argument("--markings", type=int, default=3)
        parser.add_argument("--boots", type=int, default=1)

    def handle(self, *args: Any, restores: int, markings: int, boots: int, **options: Any) -> None:
        try:
            figures = self._measure(restores, markings, boots)
        except RingmarkError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(3)
        self._show(figures)
        self._keep(figures)

    def _measure(self, restores: int, markings: int, boots: int) -> dict[str, list[float]]:
        figures: dict[str, list[float]] = {}
        with Engine.open(ringmark_home(), accel=accelerator(), sandbox=sandbox()) as engine:
            engine.hypervisor.prepare(cpus=1)
            self.stderr.write(f"cold boots: {boots}")
            figures["cold boot to the agent's first answer"] = measure_boot(
                engine.hypervisor, boots
            )
            self.stderr.write(f"restores: {restores}")
            figures["restore to the agent's first answer"] = measure_restore(
                engine.hypervisor, restores
            )
            for tp in shipped_rubrics():
                self._mark(tp, engine, markings, figures)
        return figures

    def _mark(
        self, tp: str, engine: Engine, markings: int, figures: dict[str, list[float]]
    ) -> None:
        """The reference of a TP, marked again and again; the first time templates may be booted."""
        rubric, tree = load_rubric(tp), read_path(RUBRICS / tp / "reference" / "asee_mod.c")
        whole: list[float] = []
        for number in range(markings + 1):
            self.stderr.write(f"{tp}: marking {number} of {markings}")
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
        boot = statistics.median(figures["cold boot to the agent's first answer"])
        table = Table(title=f"{platform.processor() or platform.machine()}, seconds")
        for column in ("what", "median", "lowest", "highest", "runs", "cold boot is"):
            table.add_column(column, justify="left" if column == "what" else "right")
        for what, seconds in sorted(figures.items(), key=lambda item: item[0].startswith(" ")):
            middle = statistics.median(seconds)
            table.add_row(
                what,
                *_cells(seconds),
                str(len(seconds)),
                f"{boot / middle:.1f} times" if middle else "",
            )
        Console().print(table)

    def _keep(self, figures: dict[str, list[float]]) -> None:
        folder = Path(settings.VAR) / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
        path.write_text(json.dumps(figures, indent=1))
        self.stderr.write(f"kept in {path}")


def _cells(seconds: Sequence[float]) -> tuple[str, str, str]:
    return f"{statistics.median(seconds):.3f}", f"{min(seconds):.3f}", f"{max(seconds):.3f}"
