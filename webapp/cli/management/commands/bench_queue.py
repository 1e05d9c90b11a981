"""``manage.py bench_queue``: a regrade of TP1 with 1, 2 and 4 workers, side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
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
from webapp.cli.queue_bench import (
    Served,
    Throughput,
    hand_in_class,
    measure,
    measure_pages,
    regrade,
)

REFERENCE = Path(settings.BASE_DIR) / "rubrics" / "tp1" / "reference" / "asee_mod.c"


class Command(BaseCommand):
    help = (
        "Regrade a class's TP1 through Redis, Celery and the engine, in a database of its own that "
        "is removed afterwards; then again while pages of a class of 1,000 are opened over HTTP."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--submissions", type=int, default=100, help="by so many workers each")
        parser.add_argument(
            "--rounds", type=int, default=4,
            help="in which they are marked, all numbers of workers in turn: so that a slow hour of "
            "the machine is everybody's",
        )  # fmt: skip
        parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
        parser.add_argument(
            "--guests", type=int, default=0,
            help="at once, of all workers together; without it as many as there are workers, up to "
            "the processors: a worker is worth one processor",
        )  # fmt: skip
        parser.add_argument(
            "--confined", action="store_true",
            help="each number of workers to as many processors, as hosts of that size would have: "
            "else a single worker compiles, and starts guests, on a second processor meanwhile",
        )  # fmt: skip
        parser.add_argument("--students", type=int, default=1000, help="of the class of the pages")
        parser.add_argument("--pages", type=int, default=180, help="opened with each")
        parser.add_argument("--here", action="store_true", help="used by itself")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["here"]:
            self._here(options)
            return
        with tempfile.TemporaryDirectory(prefix="rm-bench-") as folder:
            socket = Path(folder) / "redis.sock"
            environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
                "RINGMARK_VAR": folder,
                "REDIS_URL": f"redis+socket://{socket}",
                "DEBUG": "",
            }
            redis = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "redis-server", "--port", "0",
                 "--unixsocket", str(socket), "--save", "", "--loglevel", "warning"],
                cwd=folder,
            )  # fmt: skip
            try:
                done = subprocess.run(
                    ["setpriv", "--pdeathsig", "TERM",
                     sys.executable, "manage.py", "bench_queue", "--here",
                     "--submissions", str(options["submissions"]),
                     "--students", str(options["students"]),
                     "--rounds", str(options["rounds"]),
                     "--pages", str(options["pages"]),
                     "--guests", str(options["guests"]),
                     *(["--confined"] if options["confined"] else []),
                     "--workers", *map(str, options["workers"])],
                    cwd=settings.BASE_DIR, env=environment, check=False,
                )  # fmt: skip
            finally:
                redis.terminate()
                redis.wait()
        sys.exit(done.returncode)

    def _here(self, options: dict[str, Any]) -> None:
        database = Path(settings.DATABASES["default"]["NAME"])
        if database.exists():
            sys.exit(f"{database} exists: only a database that is not there yet is filled")
        call_command("migrate", verbosity=0)
        self.stderr.write(f"a class of {options['students']} is generated")
        made = generate(options["students"], 40, timezone.now(), slug="bench", seed=1)
        count = max(4, options["submissions"] // options["rounds"])
        assignment = hand_in_class(REFERENCE.read_bytes(), count)
        environment = {name: os.environ[name] for name in ("RINGMARK_VAR", "REDIS_URL", "DEBUG")}
        marked = {
            workers: Throughput(
                workers, options["guests"] or min(workers, len(os.sched_getaffinity(0)))
            )
            for workers in options["workers"]
        }
        for number in range(1, options["rounds"] + 1):
            for workers, so_far in marked.items():
                regrade(assignment, made.instructor, f"{workers} workers, round {number}")
                found = measure(workers, so_far.guests, environment, confined=options["confined"])
                self.stderr.write(f"round {number}, {json.dumps(found.as_dict())}")
                marked[workers] += found
        served = {}
        for workers, all_rounds in marked.items():
            self.stdout.write(json.dumps(all_rounds.as_dict()))
            regrade(assignment, made.instructor, f"{workers} workers, and pages")
            served[workers] = measure_pages(
                workers, all_rounds.guests, made, options["pages"], environment
            )
            self.stdout.write(json.dumps(asdict(served[workers])))
        _show(marked, served, options)


def _show(
    marked: dict[int, Throughput], served: dict[int, Served], options: dict[str, Any]
) -> None:
    table = Table(
        title=f"{options['submissions']} TP1 regraded in {options['rounds']} rounds; "
        f"pages of a class of {options['students']}"
    )
    for column in (
        "workers", "guests", "a minute", "of the first", "s each", "95 % s", "processors busy",
        "by guests and compilers", "pages", "median ms", "95 % ms",
    ):  # fmt: skip
        table.add_column(column, justify="right")
    first = next(iter(marked.values())).per_minute
    for workers, all_rounds in marked.items():
        told, pages = all_rounds.as_dict(), served[workers]
        table.add_row(
            str(workers),
            str(all_rounds.guests),
            f"{all_rounds.per_minute:.1f}",
            f"{all_rounds.per_minute / first:.2f}",
            f"{told['each_median']:.1f}",
            f"{told['each_slow']:.1f}",
            f"{told['busy']:.0%}",
            f"{told['marking']:.0%}",
            str(pages.pages),
            f"{pages.median:.0f}",
            f"{pages.slow:.0f}",
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)
