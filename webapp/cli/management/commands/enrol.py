"""``manage.py enrol COURSE FILE.csv``: enrol a class."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from webapp.cli.enrolling import Enrolled, UnusableList, enrol, read_people
from webapp.courses.models import Course

WRONG = 2


class Command(BaseCommand):
    help = (
        "Enrol the students of a CSV file (headings: username, first name, last name, email, "
        "group). Who has no login yet gets one without a password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", metavar="COURSE", help="its short name in addresses")
        parser.add_argument("file", metavar="FILE.csv", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        course = Course.objects.filter(slug=options["course"]).first()
        if course is None:
            there = ", ".join(Course.objects.values_list("slug", flat=True)) or "none"
            self._wrong([f"there is no course {options['course']}; there are: {there}"])
        try:
            people = read_people(options["file"].read_bytes())
            done = enrol(course, people, dry_run=options["dry_run"])
        except OSError as error:
            self._wrong([f"{options['file']}: {error.strerror}"])
        except UnusableList as error:
            self._wrong([f"{options['file']}: {each}" for each in error.problems])
        self._tell(done, options["dry_run"])

    def _tell(self, done: Enrolled, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("Nothing was stored; without --dry-run it would be:")
        for names, what in (
            (done.made, "new logins"),
            (done.enrolled, "enrolled"),
            (done.moved, "in another group now"),
            (done.unchanged, "enrolled already, unchanged"),
        ):
            listed = f": {', '.join(names)}" if names and len(names) <= 10 else ""
            self.stdout.write(f"{len(names):5} {what}{listed}")
        if done.made:
            self.stdout.write(
                "New logins have no password yet: set one with 'manage.py changepassword "
                "USERNAME' or in the administration."
            )

    def _wrong(self, problems: list[str]) -> None:
        for each in problems:
            self.stderr.write(self.style.ERROR(each))
        self.stderr.write("Nothing was stored.")
        sys.exit(WRONG)
