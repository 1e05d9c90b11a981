"""A real Chromium against a live server, with real Redis and real workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.site import Site
from tests.webapp.support.fixtures import School, make_school
from tests.webapp.support.queue import Redis, Worker, private_redis

# Playwright's synchronous interface runs an event loop in this thread; Django then takes every
# query of the test for one made in a coroutine, which it is not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--no-first-run",
    *(["--no-sandbox"] if os.getuid() == 0 else []),  # Chromium refuses its sandbox to root
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser profile. A test in which the page reports an error fails."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # 4xx answers are what bad input gets; the browser logs each as an error.
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def redis() -> Iterator[Redis]:
    with private_redis() as server:
        yield server


@pytest.fixture
def school(transactional_db: None, redis: Redis) -> School:
    return make_school()


@pytest.fixture
def site(school: School, live_server: LiveServer, page: Page) -> Site:
    return Site(live_server.url, page, school)


@pytest.fixture
def workers(redis: Redis, tmp_path: Path) -> Iterator[Workers]:
    with Workers(redis, tmp_path) as started:
        yield started


class Workers:
    """Starts worker processes and ends them with the test."""

    def __init__(self, redis: Redis, desk: Path) -> None:
        self._redis = redis
        self._desk = desk
        self._started: list[Worker] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._started:
            worker.kill()

    def real(self) -> Worker:
        """With the engine, as in production."""
        return self._add(Worker(self._redis, "webapp.config.settings"))

    def paced(self) -> Worker:
        """Without guests: stops where the test says (tests/webapp/support/paced.py)."""
        return self._add(
            Worker(
                self._redis,
                "tests.webapp.support.worker_settings",
                RINGMARK_TEST_DESK=str(self._desk),
            )
        )

    def _add(self, worker: Worker) -> Worker:
        self._started.append(worker)
        return worker
