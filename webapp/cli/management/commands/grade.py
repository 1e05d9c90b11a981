"""``manage.py grade tp1 PATH``: mark a file, folder or archive, without web part or queue."""

from __future__ import annotations

import random
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from grader.engine import Engine
from grader.errors import RingmarkError, UnusableInput
from grader.grade import grade
from grader.image import ringmark_home
from grader.intake import read_paths
from grader.rubric import load_rubric
from webapp.cli.environment import accelerator, sandbox
from webapp.cli.marking_table import MarkingTable, Silent

GRADED, UNUSABLE, PLATFORM = 0, 2, 3


class Command(BaseCommand):
    help = "Mark a module (a .c file, a folder or an archive) as a submission would be."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tp", help="which practical: tp1 to tp4")
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--json", action="store_true", help="the report alone, on stdout")
        parser.add_argument("--seed", type=int, help="draw the same payloads as that run did")
        parser.add_argument(
            "--attribute", default="", help="tp4: the attribute that raises the interrupt"
        )
        parser.add_argument(
            "--keep", action="store_true", help="keep report, journals and consoles in var/kept/"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            status = self._grade(**options)
        except UnusableInput as error:
            self.stderr.write(self.style.ERROR(f"This cannot be marked: {error}"))
            status = UNUSABLE
        except RingmarkError as error:
            self.stderr.write(self.style.ERROR(f"The platform failed, not the module: {error}"))
            status = PLATFORM
        sys.exit(status)

    def _grade(self, tp: str, paths: list[Path], **options: Any) -> int:
        rubric = load_rubric(tp)
        tree = read_paths(paths, device=rubric.settings.device)
        seed = (
            options["seed"]
            if options["seed"] is not None
            else random.SystemRandom().getrandbits(31)
        )
        table = Silent() if options["json"] else MarkingTable(rubric, color=not options["no_color"])
        with (
            table,
            Engine.open(
                ringmark_home(), accel=accelerator(), sandbox=sandbox(), progress=table.progress
            ) as engine,
        ):
            report = grade(tree, rubric, engine, seed, table.event, attribute=options["attribute"])
        if options["keep"]:
            from webapp.cli.keeping import keep

            self.stderr.write(f"kept in {keep(report)}")
        if options["json"]:
            self.stdout.write(report.to_json())
        else:
            table.show(report)
        return GRADED if report.status == "graded" else PLATFORM
