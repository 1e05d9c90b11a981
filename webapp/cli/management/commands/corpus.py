"""``manage.py corpus [TP ...]``: mark every module whose verdicts are known."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.engine import Engine
from grader.errors import RingmarkError
from grader.grade import grade
from grader.image import ringmark_home
from grader.intake import read_paths
from grader.report import Report
from grader.rubric import Rubric, load_rubric, shipped_rubrics
from webapp.cli.corpus import Wrong, compare, confusion
from webapp.cli.environment import accelerator, sandbox
from webapp.rubrics.corpus import Known, read_corpus

RIGHT, WRONG, PLATFORM = 0, 1, 3


class Command(BaseCommand):
    help = "Mark the modules in tests/submissions and compare every verdict with the expected one."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tps", nargs="*", metavar="TP", help="all that there are without")
        parser.add_argument("--runs", type=int, default=1, help="mark each that often")
        parser.add_argument("--only", nargs="*", metavar="NAME", help="these modules only")
        parser.add_argument(
            "--kind", choices=["correct", "defective", "hostile"], help="only this kind"
        )
        parser.add_argument("--seed", type=int, default=1, help="of the first run; then +1 each")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with Engine.open(ringmark_home(), accel=accelerator(), sandbox=sandbox()) as engine:
                tps = options.pop("tps") or shipped_rubrics()
                status = max(self._mark(engine, tp, **options) for tp in tps)
        except (RingmarkError, ValueError) as error:
            self.stderr.write(self.style.ERROR(str(error)))
            status = PLATFORM
        sys.exit(status)

    def _mark(self, engine: Engine, tp: str, runs: int, seed: int, **options: Any) -> int:
        rubric = load_rubric(tp)
        console = Console(no_color=options["no_color"], highlight=False)
        folder = Path(settings.BASE_DIR) / "tests" / "submissions" / tp
        modules = [
            module
            for module in read_corpus(folder, rubric)
            if (not options["only"] or module.name in options["only"])
            and options["kind"] in (None, module.expected.kind)
        ]
        marked: list[tuple[Known, Report]] = []
        wrong: list[Wrong] = []
        for run in range(runs):
            for module in modules:
                report = grade(read_paths(module.sources), rubric, engine, seed + run)
                differences = compare(module, report)
                marked.append((module, report))
                wrong += differences
                _tell(console, module, report, differences, len(marked), runs * len(modules))
        console.print(_matrix(rubric, marked))
        for difference in wrong:
            console.print(f"[red]✗[/] {escape(str(difference))}")
        console.print(f"{tp}: {len(marked)} markings, {len(wrong)} wrong")
        return WRONG if wrong else RIGHT


def _tell(
    console: Console, module: Known, report: Report, wrong: list[Wrong], done: int, of: int
) -> None:
    seconds = sum(report.timings.values())
    score = "withheld" if report.score is None else f"{report.score:g}"
    mark = "[red]✗[/]" if wrong else "[green]✓[/]"
    console.print(
        f"{mark} {done}/{of} {module.name}: {score} in {seconds:.1f} s, seed {report.seed}"
    )
    for difference in wrong:
        console.print(f"    {escape(str(difference))}")


def _matrix(rubric: Rubric, marked: list[tuple[Known, Report]]) -> Table:
    table = Table(title=f"{rubric.id}: verdicts against what was expected")
    table.add_column("criterion")
    for heading in ("lost", "passed", "not run", "wrongly lost", "wrongly passed", "other"):
        table.add_column(heading, justify="right")
    for row in confusion(rubric, marked):
        bad = (row.wrong_loss, row.wrong_pass, row.other)
        table.add_row(
            row.criterion,
            *(str(number) for number in (row.right_loss, row.right_pass, row.right_not_run)),
            *(f"[red]{number}[/]" if number else "0" for number in bad),
        )
    return table
