"""``manage.py bench_web``: pages with a class of 100 and of 1,000 students, side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from webapp.cli.generated_class import generate
from webapp.cli.web_bench import LIMIT, Measured, measure


class Command(BaseCommand):
    help = (
        "Generate classes in databases of their own, removed afterwards, and measure pages with "
        "them, in-process through Django's test client. Status 1: a page is too slow, or makes "
        "more queries for a larger class."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--small", type=_students, default=100, help="students of the small class"
        )
        parser.add_argument("--large", type=_students, default=1000, help="and of the large one")
        parser.add_argument("--submissions", type=int, default=40, help="of each student")
        parser.add_argument("--times", type=int, default=15, help="each page is opened")
        parser.add_argument(
            "--one", type=_students, help="of this size, here, as JSON (used by itself)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["one"]:
            self._one(options["one"], options["submissions"], options["times"])
            return
        small, large = (
            self._apart(options[size], options["submissions"], options["times"])
            for size in ("small", "large")
        )
        _show(small, large, options)
        wrong = faults(small, large)
        for fault in wrong:
            self.stderr.write(self.style.ERROR(fault))
        sys.exit(1 if wrong else 0)

    def _apart(self, students: int, submissions: int, times: int) -> list[Measured]:
        """In another process, whose settings know nothing but a folder that is removed again."""
        with tempfile.TemporaryDirectory(prefix="ringmark-bench-") as folder:
            self.stderr.write(f"a class of {students}: generating and measuring")
            environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
            done = subprocess.run(
                [
                    *(sys.executable, "manage.py", "bench_web", "--one", str(students)),
                    *("--submissions", str(submissions), "--times", str(times)),
                ],
                cwd=settings.BASE_DIR,
                env={**environment, "RINGMARK_VAR": folder, "DEBUG": ""},
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
        if done.returncode:
            sys.exit(done.returncode)
        return [Measured(**row) for row in json.loads(done.stdout)]

    def _one(self, students: int, submissions: int, times: int) -> None:
        database = Path(settings.DATABASES["default"]["NAME"])
        if database.exists():
            sys.exit(f"{database} exists: only a database that is not there yet is filled")
        call_command("migrate", verbosity=0)
        made = generate(students, submissions, timezone.now(), slug="bench", seed=1)
        self.stdout.write(json.dumps([asdict(each) for each in measure(made, times)]))


def _students(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise ArgumentTypeError("give a number of students, 1 or more")
    return int(text)


def faults(small: list[Measured], large: list[Measured]) -> list[str]:
    """What is wrong, a sentence each."""
    found = []
    for few, many in zip(small, large, strict=True):
        if not many.has_limit:
            continue
        if many.median > LIMIT:
            found.append(f"{many.label} takes {many.median:.0f} ms, more than {LIMIT}")
        if many.queries != few.queries:
            found.append(f"{many.label} makes {few.queries} queries, then {many.queries}")
    return found


def _show(small: list[Measured], large: list[Measured], options: dict[str, Any]) -> None:
    few, many = options["small"], options["large"]
    table = Table(
        title=f"{few} and {many} students with {options['submissions']} submissions each; "
        f"ms in-process, {options['times']} times",
        caption=f"limit: median {LIMIT} ms; downloads have none",
    )
    table.add_column("page")
    for size in (few, many):
        for column in (f"{size}: median", "95 %", "CPU", "queries"):
            table.add_column(column, justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("KB", justify="right")
    for a, b in zip(small, large, strict=True):
        table.add_row(
            a.label,
            *(f"{a.median:.0f}", f"{a.slow:.0f}", f"{a.busy:.0f}", str(a.queries)),
            *(f"{b.median:.0f}", f"{b.slow:.0f}", f"{b.busy:.0f}", str(b.queries)),
            f"{b.median / a.median:.1f}",
            f"{b.size / 1024:.0f}",
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)
