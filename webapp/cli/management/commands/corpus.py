"""``manage.py corpus [TP ...]``: mark every module whose verdicts are known."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.engine import Engine
from grader.errors import RingmarkError
from grader.feedback import first_words
from grader.grade import grade
from grader.image import ringmark_home
from grader.intake import read_paths
from grader.report import Report
from grader.rubric import Rubric, load_rubric, shipped_rubrics
from webapp.cli.busy import busy
from webapp.cli.corpus import Wrong, breadth_first, compare, confusion
from webapp.cli.environment import accelerator, sandbox
from webapp.cli.keeping import keep
from webapp.cli.steadiness import Marking, append, read_record
from webapp.rubrics.corpus import Known, read_corpus

RIGHT, WRONG, PLATFORM = 0, 1, 3
SUBMISSIONS = Path(settings.BASE_DIR) / "tests" / "submissions"

Marked = tuple[Rubric, Known, Report]


class Command(BaseCommand):
    help = "Mark the modules in tests/submissions and compare every verdict with the expected one."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = ["correct", "defective", "hostile"]
        parser.add_argument("tps", nargs="*", metavar="TP", help="all that there are without")
        parser.add_argument("--runs", type=int, default=1, help="mark each that often")
        parser.add_argument("--only", nargs="*", metavar="NAME", help="these modules only")
        parser.add_argument("--kind", nargs="+", choices=kinds, help="only these kinds")
        parser.add_argument("--seed", type=int, default=1, help="of the first run; then +1 each")
        parser.add_argument(
            "--busy", type=int, default=0, metavar="N", help="burn processor time in N processes"
        )
        parser.add_argument(
            "--part",
            type=_part,
            default=(1, 1),
            metavar="I/N",
            help="every Nth of them from the Ith on: N commands side by side mark all",
        )
        parser.add_argument("--seconds", type=float, help="start no marking after that long")
        parser.add_argument(
            "--record", type=Path, metavar="FILE",
            help="append a line per marking, and leave out what the file already has",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(no_color=options["no_color"], highlight=False)
        try:
            with (
                Engine.open(ringmark_home(), accel=accelerator(), sandbox=sandbox()) as engine,
                busy(options["busy"]),
            ):
                marked = self._mark(console, engine, **options)
        except (RingmarkError, ValueError) as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(PLATFORM)
        sys.exit(_summarise(console, marked))

    def _mark(
        self, console: Console, engine: Engine, *,
        tps: list[str], runs: int, seed: int, record: Path | None, seconds: float | None,
        part: tuple[int, int], **options: Any,
    ) -> list[Marked]:  # fmt: skip
        modules = [
            (rubric, module)
            for rubric in map(load_rubric, tps or shipped_rubrics())
            for module in read_corpus(SUBMISSIONS / rubric.id, rubric)
            if (not options["only"] or module.name in options["only"])
            and (not options["kind"] or module.expected.kind in options["kind"])
        ]
        done = {marking.key for marking in read_record(record)} if record else set()
        due = breadth_first(modules[part[0] - 1 :: part[1]], range(seed, seed + runs), done)
        until = time.monotonic() + (float("inf") if seconds is None else seconds)
        commit = _commit()
        marked: list[Marked] = []
        for rubric, module, draw in due:
            if time.monotonic() > until:
                console.print(f"time is up: {len(due) - len(marked)} markings are left")
                break
            began = time.monotonic()
            report = grade(read_paths(module.sources), rubric, engine, draw)
            took = time.monotonic() - began
            wrong = compare(module, report)
            marked.append((rubric, module, report))
            _tell(console, f"{len(marked)}/{len(due)} {rubric.id}", module, report, wrong, took)
            if wrong:
                console.print(f"    kept in {keep(report, module.name)}")
            if record:
                line = Marking(
                    tp=rubric.id,
                    module=module.name,
                    kind=module.expected.kind,
                    seed=draw,
                    verdicts={criterion.id: criterion.verdict for criterion in report.criteria},
                    wrong=tuple(difference.short for difference in wrong),
                    seconds=round(took, 1),
                    commit=commit,
                    load=round(os.getloadavg()[0], 1),
                    busy=options["busy"],
                    words=first_words(report),
                )
                append(record, line)
        return marked


def _part(text: str) -> tuple[int, int]:
    """``2/3``: the second of three.

    Raises:
        ArgumentTypeError: anything else.
    """
    first, _, of = text.partition("/")
    if not (first.isdecimal() and of.isdecimal() and 1 <= int(first) <= int(of)):
        raise ArgumentTypeError("give it as 1/2: the first of two")
    return int(first), int(of)


def _commit() -> str:
    """Which code marks."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


def _tell(
    console: Console, where: str, module: Known, report: Report, wrong: list[Wrong], took: float
) -> None:
    score = "withheld" if report.score is None else f"{report.score:g}"
    mark = "[red]✗[/]" if wrong else "[green]✓[/]"
    console.print(f"{mark} {where} {module.name}: {score} in {took:.1f} s, seed {report.seed}")
    for difference in wrong:
        console.print(f"    {escape(str(difference))}")


def _summarise(console: Console, marked: list[Marked]) -> int:
    """A matrix per TP, and all that was wrong once more."""
    status = RIGHT
    rubrics = {rubric.id: rubric for rubric, _, _ in marked}
    for tp, rubric in rubrics.items():
        mine = [(module, report) for of, module, report in marked if of.id == tp]
        wrong = [difference for each in mine for difference in compare(*each)]
        console.print(_matrix(rubric, mine))
        for difference in wrong:
            console.print(f"[red]✗[/] {escape(str(difference))}")
        console.print(f"{tp}: {len(mine)} markings, {len(wrong)} wrong")
        status = WRONG if wrong else status
    return status


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
