"""The Celery task. What it does is in ``marking.py``."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_process_shutdown

from webapp.submissions import sweeper  # noqa: F401  (its signals start it in every worker)
from webapp.submissions.dispatch import TASK
from webapp.submissions.marker import close_process_marker, process_marker
from webapp.submissions.marking import mark_next


@shared_task(name=TASK)
def mark_waiting() -> str:
    """Mark what comes first of all that waits, if anything does."""
    return mark_next(process_marker())


@worker_process_shutdown.connect
def _close(**_: Any) -> None:
    close_process_marker()
