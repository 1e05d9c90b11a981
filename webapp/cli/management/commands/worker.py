"""``manage.py worker``: join the platform from any host and mark what waits there."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils import timezone

from grader.errors import RingmarkError
from grader.guest.capacity import cores, memory_mib, recommended_guests
from vm_images.__main__ import Shower
from vm_images.fetch import fetch_images
from webapp.cli.preparing import WORKER_ENVIRONMENT, prepare_templates, processes, worker_argv
from webapp.fleet import beats, joining


class Command(BaseCommand):
    help = (
        "Mark for a platform: needs DATABASE_URL, REDIS_URL (or BROKER_URL) and RINGMARK_TOKEN; "
        "loads the guest images from the site. See docs/fleet.md."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default=settings.RINGMARK_WORKER_NAME, help="in the list")
        parser.add_argument(
            "--concurrency",
            type=int,
            default=processes(),
            help="submissions at the same time (default here %(default)s: by processors, memory)",
        )

        parser.add_argument(
            "--wait",
            type=float,
            default=joining.PATIENCE,
            metavar="SECONDS",
            help="for the database, the queue and the site's address, each (default %(default)s)",
        )

    def handle(self, *args: Any, name: str, concurrency: int, wait: float, **options: Any) -> None:
        settings.RINGMARK_WORKER_NAME = name
        guests = settings.RINGMARK_GUESTS or recommended_guests(cores(), memory_mib())
        settings.RINGMARK_GUESTS = guests
        try:
            self._join(wait)
        except RingmarkError as problem:
            self.stderr.write(self.style.ERROR(str(problem)))
            sys.exit(3)
        except KeyboardInterrupt:
            self.stderr.write("interrupted: start it again to go on where it was")
            sys.exit(130)
        self._say(self.style.SUCCESS(f"'{name}' marks now (Ctrl-C ends it)"))
        self._become(worker_argv(concurrency))

    def _join(self, wait: float) -> None:
        self._say("step 1 of 3: database, queue, token")
        joining.wait_for_database(self._say, wait)
        joining.wait_for_queue(self._say, wait)
        platform, token = joining.platform(os.environ.get("RINGMARK_TOKEN", ""), self._say, wait)
        self._say(f"step 2 of 3: guest images from {platform.url}")
        shower = Shower(sys.stdout.isatty())
        try:
            images = fetch_images(settings.RINGMARK_HOME, platform, shower)
        finally:
            shower.end()
        # Until it is started again it marks with these, whatever gets their names meanwhile.
        settings.RINGMARK_IMAGE = images["default"].id
        settings.RINGMARK_RACE_IMAGE = images["race"].id
        self._say("step 3 of 3: guest templates: boot once, then every guest starts in a moment")
        accelerator = prepare_templates(self._say)
        beats.register(os.getpid(), timezone.now(), token=token, accelerator=accelerator)

    def _become(self, argv: list[str]) -> None:
        """The same process goes on as Celery. The token stays behind: nothing there needs it."""
        environment = {key: value for key, value in os.environ.items() if key != "RINGMARK_TOKEN"}
        environment |= WORKER_ENVIRONMENT | {
            "RINGMARK_WORKER_NAME": settings.RINGMARK_WORKER_NAME,
            "RINGMARK_GUESTS": str(settings.RINGMARK_GUESTS),
            "RINGMARK_IMAGE": settings.RINGMARK_IMAGE,
            "RINGMARK_RACE_IMAGE": settings.RINGMARK_RACE_IMAGE,
        }
        connections.close_all()
        sys.stdout.flush()
        os.chdir(settings.BASE_DIR)
        os.execve(argv[0], argv, environment)  # noqa: S606

    def _say(self, line: str) -> None:
        self.stdout.write(f"[{time.strftime('%H:%M:%S')}] {line}")
        self.stdout.flush()
