"""``manage.py up``: image, database, demo course, then Redis, web and worker in the foreground."""

from __future__ import annotations

import os
import socket
import sys
import time
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from grader.errors import RingmarkError
from webapp.cli.images import run_images
from webapp.cli.preparing import (
    WORKER_ENVIRONMENT,
    prepare_templates,
    processes,
    web_argv,
    worker_argv,
)
from webapp.cli.supervisor import Service, Supervisor


class Command(BaseCommand):
    help = "Run everything in the foreground; Ctrl-C ends all that was started."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("RINGMARK_HOST", "127.0.0.1"))
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("RINGMARK_PORT", "8000"))
        )

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        _refuse_taken_port(host, port)
        self._step(1, "guest image (kernel, root disk, agent, toolchain)")
        status = run_images(["build"])
        if status:
            sys.exit(status)
        self._step(2, "guest template: boots once, then every guest starts from it in a moment")
        try:
            prepare_templates(self._say)
        except RingmarkError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(3)
        self._step(3, "database and demo course")
        call_command("migrate", verbosity=0, interactive=False)
        logins = StringIO()
        call_command("demo", stdout=logins)
        self._step(4, "Redis, web and worker")
        status = 0
        with Supervisor(self._say) as supervisor:
            if not os.environ.get("REDIS_URL"):
                path = Path(settings.VAR) / "redis.sock"
                supervisor.start(_redis(path))
                _wait_for_redis(path)
            supervisor.start(_worker())
            supervisor.start(_web(host, port))
            _wait_for_port(host, port)
            self._say(
                self.style.SUCCESS(f"Ringmark is up on http://{host}:{port}  (Ctrl-C ends it)")
            )
            self.stdout.write(logins.getvalue())
            status = supervisor.wait()
        self._say("stopped")
        sys.exit(status)

    def _step(self, number: int, what: str) -> None:
        self._say(self.style.MIGRATE_HEADING(f"step {number} of 4: {what}"))

    def _say(self, line: str) -> None:
        self.stdout.write(f"[{time.strftime('%H:%M:%S')}] {line}")
        self.stdout.flush()


def _redis(path: Path) -> Service:
    path.parent.mkdir(parents=True, exist_ok=True)
    return Service(
        "redis",
        ["redis-server", "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700",
         "--dir", str(path.parent), "--appendonly", "yes", "--save", "", "--loglevel", "warning",
         "--logfile", str(path.with_suffix(".log"))],
        first=True,
    )  # fmt: skip


def _worker() -> Service:
    return Service("worker", worker_argv(processes()), WORKER_ENVIRONMENT)


def _web(host: str, port: int) -> Service:
    return Service("web", web_argv(host, port), first=True)


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(
                f"http://{host}:{port} cannot be served ({error.strerror}): end what uses it, "
                "or choose another with RINGMARK_PORT=8001 make up"
            )


def _wait_for_redis(path: Path, deadline: float = 30.0) -> None:
    client = redis.Redis(unix_socket_path=str(path))
    end = time.monotonic() + deadline
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError as error:
            if time.monotonic() > end:
                sys.exit(f"Redis did not answer within {deadline:.0f} s: {error}")
            time.sleep(0.05)


def _wait_for_port(host: str, port: int, deadline: float = 60.0) -> None:
    end = time.monotonic() + deadline
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                sys.exit(f"the web server did not answer within {deadline:.0f} s: {error}")
            time.sleep(0.1)
