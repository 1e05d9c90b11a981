"""``manage.py evening``: waiting times of a deadline evening, simulated from measured markings."""

from __future__ import annotations

import inspect
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from webapp.cli import evening
from webapp.cli.evening import Evening, simulate


class Command(BaseCommand):
    help = "Simulate a deadline evening: how long students wait for their mark."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--service", type=float, nargs="+", required=True, metavar="SECONDS",
            help="measured times of a marking (docs/performance.md)",
        )  # fmt: skip
        parser.add_argument("--students", type=int, nargs="+", default=[60, 600, 6000])
        parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64, 100])
        parser.add_argument("--window", type=float, default=600, help="seconds in which all come")
        parser.add_argument("--tries", type=int, default=1, help="how often each hands in")
        parser.add_argument("--pause", type=float, default=300, help="seconds before the next try")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        assumptions = (inspect.getdoc(evening) or "").partition("Assumptions: ")[2]
        self.stdout.write(f"Assumptions: {' '.join(assumptions.split())}\n")
        table = Table(title=f"all come within {options['window']:.0f} s")
        for column in ("students", "workers", "median wait", "99 %", "longest", "all marked after"):
            table.add_column(column, justify="right")
        for students in options["students"]:
            for workers in options["workers"]:
                found = simulate(
                    Evening(
                        students,
                        workers,
                        options["window"],
                        options["service"],
                        options["tries"],
                        options["pause"],
                    ),
                    options["seed"],
                )
                times = (found.median, found.slow, found.longest, found.over)
                table.add_row(str(students), str(workers), *map(_span, times))
            table.add_section()
        Console(width=None if sys.stdout.isatty() else 100).print(table)


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
