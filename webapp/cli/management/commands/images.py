"""``manage.py images build|list|verify|pack|prune``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from webapp.cli.images import run_images


class Command(BaseCommand):
    help = "Build, list, verify, pack or remove guest images (kernel, root disk, agent, toolchain)."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=["build", "list", "verify", "pack", "prune"])
        parser.add_argument("rest", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, action: str, rest: list[str], **options: Any) -> None:
        sys.exit(run_images([action, *rest]))
