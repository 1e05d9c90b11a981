"""``manage.py generate_class``: a large class with drawn marks."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from webapp.cli.generated_class import AlreadyThere, generate


class Command(BaseCommand):
    help = "Make a course with a class whose marks are drawn, to look at and to measure with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--students", type=int, default=1000)
        parser.add_argument("--submissions", type=int, default=40, help="of each student")
        parser.add_argument("--course", default="generated", help="its short name in addresses")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--password", default="", help="of everybody in it; without one nobody can log in"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = generate(
                options["students"],
                options["submissions"],
                timezone.now(),
                slug=options["course"],
                seed=options["seed"],
                password=options["password"],
            )
        except AlreadyThere as problem:
            self.stderr.write(self.style.ERROR(str(problem)))
            sys.exit(1)
        self.stdout.write(
            f"course {made.course.slug}: {made.submissions} submissions; "
            f"instructor {made.instructor.username}, first student {made.student.username}"
        )
