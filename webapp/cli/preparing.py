"""What a worker needs before it marks: guest templates, and the command line of its Celery."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from grader.engine import Engine
from grader.guest.capacity import cores, memory_mib, recommended_processes

#: As root Celery says so each time; what runs students' code drops root (docs/guests.md).
WORKER_ENVIRONMENT = {"PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}


def prepare_templates(
    say: Callable[[str], None], image: str | None = None, race_image: str | None = None
) -> str:
    """Boot each kind of guest once, unless it was; return which accelerator was chosen.

    Raises:
        PlatformFault: no image, no QEMU, or a guest did not come up.
    """
    last = [""]

    def progress(text: str, fraction: float | None) -> None:
        line = text if fraction is None else f"{text} {fraction:.0%}"
        if line != last[0]:
            last[0] = line
            say(f"  {line}")

    with Engine.open(
        settings.RINGMARK_HOME,
        image or settings.RINGMARK_IMAGE,
        settings.RINGMARK_ACCEL,
        settings.RINGMARK_SANDBOX,
        race_image_id=race_image or settings.RINGMARK_RACE_IMAGE,
        progress=progress,
    ) as engine:
        engine.hypervisor.prepare(cpus=1)
        engine.hypervisor.prepare(cpus=2)
        engine.race.prepare()
        return engine.hypervisor.accelerator


def worker_argv(concurrency: int) -> list[str]:
    """Celery as a worker of ours."""
    return [
        *(str(Path(sys.executable).parent / "celery"), "--quiet", "-A", "webapp.config.celery"),
        *("worker", "--loglevel", "WARNING", "--concurrency", str(concurrency)),
        *("--without-gossip", "--without-mingle"),
    ]


def web_argv(host: str, port: int) -> list[str]:
    """gunicorn as the site of ours."""
    return [
        *(str(Path(sys.executable).parent / "gunicorn"), "webapp.config.wsgi:application"),
        *("--bind", f"{host}:{port}", "--workers", "2", "--threads", "4"),
        *("--log-level", "warning"),
    ]


def processes() -> int:
    """Markings at a time: each alone leaves processors idle now and then, another one uses them."""
    return int(os.environ.get("RINGMARK_WORKERS") or 0) or recommended_processes(
        cores(), memory_mib()
    )
