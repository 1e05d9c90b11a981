"""A worker's way in: the database and the queue answer, and say where the platform is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from grader.errors import RingmarkError
from vm_images.download import Platform
from webapp.config.celery import app
from webapp.fleet import tokens
from webapp.fleet.address import known_address
from webapp.fleet.models import WorkerToken

#: Seconds that a worker waits at its start for each of the others: they may start together.
PATIENCE = 120.0
_PAUSE = 2.0

T = TypeVar("T")
Say = Callable[[str], None]


class CannotJoin(RingmarkError):
    """The message says what is in the way and what to do."""


class NotYet(Exception):
    """Worth another look in a moment."""


def wait_for_database(say: Say, patience: float = PATIENCE) -> None:
    """Until it answers and has this version's tables.

    Raises:
        CannotJoin: not within ``patience`` seconds.
    """
    named = connection.settings_dict
    where = f"{named['HOST'] or 'localhost'}, {named['NAME']}" if named["HOST"] else named["NAME"]

    def look() -> None:
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as fault:
            raise NotYet(f"the database ({where}) does not answer: {_line(fault)}") from None
        finally:
            connection.close()
        if missing:
            raise NotYet(
                f"the database ({where}) has not the tables of this version: 'manage.py migrate'"
                " makes them, with the same Ringmark on the platform"
            )

    _wait(look, "Give the platform's as DATABASE_URL", say, patience)


def wait_for_queue(say: Say, patience: float = PATIENCE) -> None:
    """Raises CannotJoin when it does not answer within ``patience`` seconds."""
    where = queue_place()

    def look() -> None:
        try:
            with app.connection_for_read() as queue:
                queue.ensure_connection(max_retries=1, timeout=5)
        except (OperationalError, OSError) as fault:
            raise NotYet(f"the queue ({where}) does not answer: {_line(fault)}") from None

    _wait(look, "Give the platform's as REDIS_URL (or BROKER_URL)", say, patience)


def platform(value: str, say: Say, patience: float = PATIENCE) -> tuple[Platform, WorkerToken]:
    """Where to load images, and whose token this is.

    Raises:
        CannotJoin: no token, an unknown or a revoked one, or the address is not known.
    """
    token = tokens.find(value)
    if token is None:
        what = "RINGMARK_TOKEN is no token in use" if value else "RINGMARK_TOKEN is not set"
        raise CannotJoin(
            f"{what}: an administrator makes one with 'python manage.py worker_token create NAME'"
        )

    def look() -> str:
        url = settings.RINGMARK_URL or known_address()
        if not url:
            raise NotYet("nobody has said where the site is")
        return url

    advice = (
        "Start the web process with RINGMARK_URL, the address at which workers reach it, or give"
        " it to this worker"
    )
    return Platform(_wait(look, advice, say, patience), value), token


def queue_place() -> str:
    """The broker's address without its password."""
    parts = urlsplit(str(app.conf.broker_url))
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _wait(look: Callable[[], T], advice: str, say: Say, patience: float) -> T:
    end = time.monotonic() + patience
    said = ""
    while True:
        try:
            return look()
        except NotYet as what:
            if time.monotonic() >= end:
                raise CannotJoin(f"{what}. {advice}.") from None
            if str(what) != said:
                said = str(what)
                say(f"{said}; waiting")
            time.sleep(_PAUSE)


def _line(fault: BaseException) -> str:
    return " ".join(str(fault).split())[:300]
