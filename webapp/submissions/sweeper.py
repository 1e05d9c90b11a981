"""Beside every worker: a process that looks, now and then, for markings that nobody works on.

A process and no thread: the worker forks a new child whenever one was killed, and a fork while
another thread holds a lock (SQLite's, a connection pool's) gives a child that waits for ever.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.dispatch import Signal

#: Sent in the sweeping process after each look: ``worker_pid``, ``now`` and whether it is the
#: ``last``, for the worker has ended.
beat = Signal()


class Sweeper:
    """Runs ``manage.py requeue --every`` until closed, or until the worker is gone."""

    def __init__(self, seconds: float) -> None:
        # It ends when its standard input does, and that is open as long as the worker lives.
        self._process = subprocess.Popen(
            [sys.executable, settings.BASE_DIR / "manage.py", "requeue", "--every", str(seconds)],
            stdin=subprocess.PIPE,
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


_running: list[Sweeper] = []


@worker_ready.connect
def _start(**_: Any) -> None:
    _running.append(Sweeper(settings.RINGMARK_SWEEP_SECONDS))


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    while _running:
        _running.pop().close()
