"""A real Redis and real worker processes for the tests."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import kombu.pools
from django.db import connection

from webapp.config.celery import app
from webapp.config.environment import transport_options

ROOT = Path(__file__).resolve().parents[3]


class Broker(Protocol):
    """Redis or RabbitMQ."""

    url: str


class Redis:
    """A private redis-server that can be stopped and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"redis+socket://{self.socket}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", ""],
            cwd=self.socket.parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "eady to accept connections" in line:
                return
        raise AssertionError("redis-server ended before it accepted connections")

    def stop(self) -> None:
        """As a crash: nothing is saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def use_broker(url: str) -> None:
    """Point this process's Celery at a broker."""
    app.conf.broker_url = url
    app.conf.broker_read_url = url
    app.conf.broker_write_url = url
    app.conf.broker_transport_options = transport_options(url)
    kombu.pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


@contextmanager
def private_redis() -> Iterator[Redis]:
    # A short path: a unix socket's may have 107 bytes (unix(7)).
    with tempfile.TemporaryDirectory(prefix="rm-redis-") as folder:
        redis = Redis(Path(folder))
        redis.start()
        before = app.conf.broker_url
        use_broker(redis.url)
        try:
            yield redis
        finally:
            use_broker(before)
            redis.stop()


def database_url() -> str:
    """This test's database, for another process. PostgreSQL's password comes from elsewhere."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    host = quote(str(database["HOST"] or "localhost"), safe="")
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{database['USER']}@{host}{port}/{database['NAME']}"


class Worker:
    """A real Celery worker on this test's database and broker, its output kept."""

    def __init__(self, broker: Broker, settings: str, **environment: str) -> None:
        self.output: list[str] = []
        self._ready: queue.Queue[bool] = queue.Queue()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "webapp.config", "worker"),
                *("--concurrency", "1", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": settings,
                "DATABASE_URL": database_url(),
                "BROKER_URL" if broker.url.startswith("amqp") else "REDIS_URL": broker.url,
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.get(timeout=60):
            raise AssertionError("the worker ended at its start:\n" + "".join(self.output))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line)
            if " ready." in line:
                self._ready.put(True)
        self._ready.put(False)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL to the worker and all its processes, as a power cut would."""
        if self.alive:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._close()

    def stop(self) -> None:
        """As an operator does it: what is running is finished first."""
        self._process.terminate()
        try:
            self._process.wait(timeout=60)
        finally:
            self.kill()

    def _close(self) -> None:
        self._process.wait()
        self._reader.join(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()


def eventually(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Look until it is so. The database tells nobody of its changes, so here one has to look."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError(f"after {seconds:.0f} s still not so: {what}")
