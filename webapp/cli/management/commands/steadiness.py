"""``manage.py steadiness FILE``: what ``manage.py corpus --record FILE`` came to, as Markdown."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from grader.rubric import load_rubric, shipped_rubrics
from webapp.cli.steadiness import as_markdown, read_record, renewed, words_table
from webapp.rubrics.corpus import read_corpus


class Command(BaseCommand):
    help = "Print the table of docs/reliability.md from a record of markings."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("record", type=Path, metavar="FILE")
        parser.add_argument(
            "--words", action="store_true",
            help="print instead what each defective module's student reads first",
        )  # fmt: skip
        parser.add_argument(
            "--pages", action="store_true",
            help="write both into docs/reliability.md and docs/first-words.md",
        )  # fmt: skip

    def handle(self, *args: Any, record: Path, words: bool, pages: bool, **options: Any) -> None:
        corpus: dict[tuple[str, str], set[str]] = defaultdict(set)
        for tp in shipped_rubrics():
            folder = Path(settings.BASE_DIR) / "tests" / "submissions" / tp
            for module in read_corpus(folder, load_rubric(tp)):
                corpus[tp, module.expected.kind].add(module.name)
        try:
            markings = read_record(record)
            if pages:
                _write("reliability.md", as_markdown(markings, corpus))
                _write("first-words.md", words_table(markings))
                return
            for line in words_table(markings) if words else as_markdown(markings, corpus):
                self.stdout.write(line)
        except ValueError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(2)


def _write(name: str, lines: Iterable[str]) -> None:
    page = Path(settings.BASE_DIR) / "docs" / name
    page.write_text(renewed(page.read_text(encoding="utf-8"), lines), encoding="utf-8")
