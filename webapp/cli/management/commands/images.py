"""``manage.py images build|list|verify|prune``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from vm_images.__main__ import main


class Command(BaseCommand):
    help = "Build, list, verify or remove guest images (kernel, root disk, agent, toolchain)."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=["build", "list", "verify", "prune"])
        parser.add_argument("rest", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, action: str, rest: list[str], **options: Any) -> None:
        sys.exit(main([action, *rest]))
