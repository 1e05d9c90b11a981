"""``manage.py worker`` on its way in: what it waits for, and what it says when it cannot join."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from grader.image import load_image
from tests.support.ports import free_port
from tests.webapp.fleet.site import web_process
from tests.webapp.support.queue import ROOT, Redis, database_url
from vm_images.verify import verify_image
from webapp.fleet import tokens
from webapp.fleet.address import announce, known_address
from webapp.fleet.models import Worker

RunWorker = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_worker(transactional_db: None, redis_server: Redis, tmp_path: Path) -> RunWorker:
    """To its end, with an empty home; ``changed`` is environment."""

    def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "worker", "--wait", "0", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "REDIS_URL": redis_server.url,
                "RINGMARK_HOME": str(tmp_path / "worker"),
                **changed,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


def refused(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 3, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_database_that_does_not_answer(run_worker: RunWorker) -> None:
    address = f"postgresql://ringmark:secret@127.0.0.1:{free_port()}/ringmark"
    said = refused(run_worker(DATABASE_URL=address))
    assert "the database (127.0.0.1, ringmark) does not answer" in said
    assert "DATABASE_URL" in said
    assert "secret" not in said


def test_a_database_without_tables(run_worker: RunWorker, tmp_path: Path) -> None:
    said = refused(run_worker(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}"))
    assert "has not the tables of this version: 'manage.py migrate'" in said


def test_a_queue_that_does_not_answer(run_worker: RunWorker) -> None:
    said = refused(run_worker(REDIS_URL=f"redis://:secret@127.0.0.1:{free_port()}/0"))
    assert "does not answer" in said
    assert "REDIS_URL (or BROKER_URL)" in said
    assert "secret" not in said


def test_no_token(run_worker: RunWorker) -> None:
    assert "RINGMARK_TOKEN is not set" in refused(run_worker())


def test_a_wrong_token(run_worker: RunWorker) -> None:
    said = refused(run_worker(RINGMARK_TOKEN="x" * 40))
    assert "no token in use" in said
    assert "worker_token create" in said


def test_nobody_has_said_where_the_site_is(run_worker: RunWorker, token: str) -> None:
    said = refused(run_worker(RINGMARK_TOKEN=token))
    assert "nobody has said where the site is" in said
    assert "RINGMARK_URL" in said


def test_an_address_that_is_none(run_worker: RunWorker, token: str) -> None:
    result = run_worker(RINGMARK_TOKEN=token, RINGMARK_URL="ringmark.example.org")
    assert result.returncode == 1
    assert "such as https://" in result.stderr


def test_the_site_tells_its_address_and_the_worker_loads_from_there(
    run_worker: RunWorker, token: str, platform_home: Path, tmp_path: Path
) -> None:
    """The made-up kernel would not boot: it ends there, everything before that has happened."""
    with web_process(platform_home) as url:
        assert known_address() == url
        result = run_worker(RINGMARK_TOKEN=token, RINGMARK_SANDBOX="none")
    assert result.returncode == 3, result.stdout + result.stderr
    assert f"step 2 of 3: guest images from {url}" in result.stdout
    assert "step 3 of 3" in result.stdout
    assert not Worker.objects.exists()
    home = tmp_path / "worker"
    assert load_image(home).id == load_image(platform_home).id
    assert verify_image(home, "default") == verify_image(home, "race") == []


def test_the_worker_s_own_address_comes_first(
    run_worker: RunWorker, token: str, platform_home: Path
) -> None:
    with web_process(platform_home) as url:
        announce("http://inside.example.org", timezone.now())
        result = run_worker(RINGMARK_TOKEN=token, RINGMARK_URL=url, RINGMARK_SANDBOX="none")
    assert f"guest images from {url}" in result.stdout


def test_a_token_revoked_before_the_start(run_worker: RunWorker, token: str) -> None:
    tokens.revoke("lab-1", timezone.now())
    assert "no token in use" in refused(run_worker(RINGMARK_TOKEN=token))


def test_the_address_is_kept_and_changed(db: None) -> None:
    announce("", timezone.now())
    assert known_address() == ""
    announce("http://one.example.org", timezone.now())
    announce("http://two.example.org", timezone.now())
    assert known_address() == "http://two.example.org"
    announce("", timezone.now())
    assert known_address() == "http://two.example.org"


def test_it_waits_for_what_starts_after_it(
    transactional_db: None, own_redis: Redis, tmp_path: Path
) -> None:
    own_redis.stop()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--wait", "120"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": own_redis.url,
             "RINGMARK_HOME": str(tmp_path / "worker")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        waiting = next(line for line in process.stdout if "; waiting" in line)
        assert "the queue" in waiting
        own_redis.start()
        # The next thing that it misses shows that it went on.
        assert "RINGMARK_TOKEN is not set" in process.stderr.read()
        assert process.wait() == 3
    finally:
        process.kill()
        process.communicate()


def test_the_process_that_marks_has_the_images_by_their_ids_and_no_token(
    transactional_db: None, token: str, tmp_path: Path
) -> None:
    """Its last step is to become Celery. Here a script stands in for Celery and shows what it got;
    the images' names may be pointed elsewhere afterwards."""
    code = f"""
import os, sys
import django
django.setup()
from django.conf import settings
from webapp.cli.management.commands.worker import Command
settings.RINGMARK_IMAGE, settings.RINGMARK_RACE_IMAGE = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
settings.RINGMARK_GUESTS = 3
show = "import os; print(*(os.environ.get(f'RINGMARK_' + n, '-') for n in " \\
    "('IMAGE', 'RACE_IMAGE', 'GUESTS', 'WORKER_NAME', 'TOKEN')), os.getpid())"
print(os.getpid(), flush=True)
Command()._become([{sys.executable!r}, "-c", show])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "webapp.config.settings",
             "RINGMARK_TOKEN": token, "RINGMARK_WORKER_NAME": "lab-1"},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    pid, shown = done.stdout.splitlines()
    assert shown == f"aaaaaaaaaaaa bbbbbbbbbbbb 3 lab-1 - {pid}"
