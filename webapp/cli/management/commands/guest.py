"""``manage.py guest ssh [PATH]``: an instructor's shell in a guest, with a module loaded."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from grader.build import build_module
from grader.engine import Engine
from grader.errors import RingmarkError
from grader.guest.ssh import open_shell
from grader.image import ringmark_home
from grader.intake import read_paths
from webapp.cli.environment import accelerator, sandbox


class Command(BaseCommand):
    help = "Open a shell in a guest over SSH (from the host's loopback only), with a module loaded."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["ssh"])
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="module to load")
        parser.add_argument("--port", type=int, default=10022)

    def handle(self, *args: Any, paths: list[Path], port: int, **options: Any) -> None:
        try:
            status = self._shell(paths, port)
        except RingmarkError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            status = 3
        sys.exit(status)

    def _shell(self, paths: list[Path], port: int) -> int:
        def progress(text: str, fraction: float | None) -> None:
            self.stderr.write(text if fraction is None else f"{text} {fraction:.0%}")

        with Engine.open(
            ringmark_home(), accel=accelerator(), sandbox=sandbox(), progress=progress
        ) as engine:
            module = None
            if paths:
                built = build_module(read_paths(paths), engine.image, engine.sandbox)
                if built.module is None:
                    self.stderr.write(built.report.log)
                    return 2
                module = built.module.data
            return int(open_shell(engine.hypervisor, module, port=port) or 0)
