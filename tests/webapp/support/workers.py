"""Fixtures of tests that start real worker processes with the paced engine, and kill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.webapp.support.paced import Desk
from tests.webapp.support.queue import Redis, Worker, private_redis

StartWorker = Callable[[], Worker]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """One that a test may stop, with nothing of other tests in it."""
    with private_redis() as redis:
        yield redis


@pytest.fixture
def start_worker(own_redis: Redis, tmp_path: Path) -> Iterator[StartWorker]:
    workers: list[Worker] = []

    def start() -> Worker:
        settings = "tests.webapp.support.worker_settings"
        workers.append(Worker(own_redis, settings, RINGMARK_TEST_DESK=str(tmp_path)))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
