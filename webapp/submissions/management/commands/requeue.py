"""``manage.py requeue``: send what waits and has no message under way. Workers have it run."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from webapp.submissions import dispatch
from webapp.submissions.sweeper import beat

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Send markings to the queue again that wait and that no worker knows of."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="again and again, until stdin ends"
        )

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if every is None:
            self.stdout.write(f"{dispatch.recover(timezone.now())} sent to the queue")
            return
        # Ctrl-C is the worker's to act on: it closes stdin when it is done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        worker = os.getppid()
        over = False
        while not over:
            try:
                dispatch.recover(timezone.now())
            except Exception as fault:
                # Whatever it was (database busy, Redis away), the next look may find it gone.
                logger.warning("could not look for lost markings: %s", fault)
            self._beat(worker, last=False)
            over = bool(select.select([sys.stdin], [], [], every)[0])
        self._beat(worker, last=True)

    def _beat(self, worker: int, *, last: bool) -> None:
        """A receiver that fails is in the log (Django's) and stops nothing."""
        beat.send_robust(Command, worker_pid=worker, now=timezone.now(), last=last)
        connection.close()
