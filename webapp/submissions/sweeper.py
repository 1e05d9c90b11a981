"""A thread in every worker that looks, now and then, for markings that nobody works on."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from webapp.submissions import dispatch

logger = logging.getLogger(__name__)


class Sweeper:
    """Runs :func:`dispatch.recover` at once and then every ``seconds`` until closed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while True:
            try:
                dispatch.recover(timezone.now())
            except DatabaseError as fault:
                logger.warning("could not look for lost markings: %s", fault)
            finally:
                # Nothing stays open between two looks: a forked child must not inherit it.
                connection.close()
            if self._stop.wait(self._seconds):
                return


_running: list[Sweeper] = []


@worker_ready.connect
def _start(**_: Any) -> None:
    sweeper = Sweeper(settings.RINGMARK_SWEEP_SECONDS)
    _running.append(sweeper)
    sweeper.start()


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    while _running:
        _running.pop().close()
