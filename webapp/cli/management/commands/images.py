"""``manage.py images build|list|verify|prune``."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from grader.image import ringmark_home
from vm_images.__main__ import main


class Command(BaseCommand):
    help = "Build, list, verify or remove guest images (kernel, root disk, agent, toolchain)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["build", "list", "verify", "prune"])
        parser.add_argument("rest", nargs="*")

    def handle(self, *args: Any, action: str, rest: list[str], **options: Any) -> None:
        sys.exit(main([action, *rest]))
