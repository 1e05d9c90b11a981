"""The heart of each worker, in the database: who is there, with what, and since when.

The process that sweeps beside every worker beats, so a marking that blocks does not stop it.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import socket
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from grader.errors import ImageMissing
from grader.image import load_image
from webapp.fleet.models import SILENT_AFTER, Worker, WorkerToken
from webapp.fleet.version import version
from webapp.submissions.sweeper import beat

logger = logging.getLogger(__name__)

EVERY = dt.timedelta(seconds=10)
#: Rows of workers that are gone are kept so long; containers have another name each time.
KEPT = dt.timedelta(days=30)


def register(
    pid: int,
    now: dt.datetime,
    *,
    token: WorkerToken | None = None,
    accelerator: str = "",
    guests: int | None = None,
) -> Worker:
    """A worker has started. Earlier rows of its name that are over go."""
    me = {"name": settings.RINGMARK_WORKER_NAME, "host": socket.gethostname()}
    cores = len(os.sched_getaffinity(0))
    facts = {
        "token": token,
        "version": version(),
        "cores": cores,
        "guests": guests or settings.RINGMARK_GUESTS or cores,
        "accelerator": accelerator or settings.RINGMARK_ACCEL,
        "image": _image(settings.RINGMARK_IMAGE),
        "race_image": _image(settings.RINGMARK_RACE_IMAGE),
        "started_at": now,
        "last_seen": now,
        "stopped_at": None,
    }
    with transaction.atomic():
        over = ~Q(stopped_at=None) | Q(last_seen__lt=now - SILENT_AFTER)
        Worker.objects.filter(over, **me).delete()
        Worker.objects.filter(last_seen__lt=now - KEPT).delete()
        worker, _ = Worker.objects.update_or_create(**me, pid=pid, defaults=facts)
    return worker


def note(pid: int, now: dt.datetime, last: bool) -> None:
    """A sign of life, or the last one. A worker whose token has been revoked is asked to end: it
    finishes what it marks, and cannot join again.
    """
    mine = Worker.objects.filter(
        name=settings.RINGMARK_WORKER_NAME, host=socket.gethostname(), pid=pid
    )
    changed = {"last_seen": now, "stopped_at": now if last else None}
    if not mine.update(**changed) and not last:
        register(pid, now)
    if not last and mine.exclude(token__revoked_at=None).exists():
        logger.warning("this worker's token has been revoked: it ends after what it marks now")
        os.kill(pid, signal.SIGTERM)


class _Heart:
    """Of this process: when it beat last."""

    def __init__(self) -> None:
        self._last: dt.datetime | None = None

    def __call__(self, worker_pid: int, now: dt.datetime, last: bool, **_: Any) -> None:
        if last or self._last is None or now - self._last >= EVERY:
            note(worker_pid, now, last)
            self._last = now


_heart = _Heart()
beat.connect(_heart, weak=False)


def _image(name: str) -> str:
    try:
        return load_image(settings.RINGMARK_HOME, name).id
    except ImageMissing:
        return ""
