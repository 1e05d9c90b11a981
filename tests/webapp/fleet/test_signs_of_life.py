"""The list of workers: written by the workers themselves."""

from __future__ import annotations

import datetime as dt
import socket

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.webapp.support.fixtures import School
from tests.webapp.support.paced import Desk
from tests.webapp.support.queue import eventually
from tests.webapp.support.workers import StartWorker
from webapp.fleet import beats, tokens
from webapp.fleet.models import SILENT_AFTER, Worker, WorkerToken
from webapp.submissions.sweeper import beat

NOW = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(seconds=30)


def test_a_real_worker_comes_lives_and_goes(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare()
    started = timezone.now()
    worker = start_worker()
    eventually(lambda: Worker.objects.count() == 1, "the worker is in the list")
    row = Worker.objects.get()
    assert row.host == socket.gethostname()
    assert row.cores > 0
    assert row.version
    assert row.last_seen >= started
    assert row.state(timezone.now()) == "running"
    worker.stop()
    row.refresh_from_db()
    assert row.state(timezone.now()) == "stopped"


def test_a_worker_whose_token_is_revoked_ends(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare()
    worker = start_worker()
    eventually(lambda: Worker.objects.count() == 1, "the worker is in the list")
    tokens.create("lab-1", timezone.now())
    Worker.objects.update(token=WorkerToken.objects.get())
    seen = Worker.objects.get().last_seen
    eventually(lambda: Worker.objects.get().last_seen > seen, "it goes on with a good token")
    assert worker.alive

    tokens.revoke("lab-1", timezone.now())

    eventually(lambda: not worker.alive, "the worker has ended")
    assert Worker.objects.get().state(timezone.now()) == "stopped"
    assert any("has been revoked" in line for line in worker.output)


def test_a_worker_that_says_nothing_is_silent(db: None) -> None:
    row = beats.register(7, NOW)
    assert row.state(NOW + SILENT_AFTER) == "running"
    assert row.state(NOW + SILENT_AFTER + dt.timedelta(seconds=1)) == "silent"


def test_a_sign_of_life_changes_no_more_than_that(db: None, settings: Settings) -> None:
    beats.register(7, NOW, accelerator="kvm", guests=3)
    settings.RINGMARK_ACCEL = "auto"
    beats.note(7, LATER, last=False)
    row = Worker.objects.get()
    assert (row.started_at, row.last_seen, row.accelerator, row.guests) == (NOW, LATER, "kvm", 3)


def test_a_restart_takes_the_place_of_the_run_that_is_over(db: None, settings: Settings) -> None:
    settings.RINGMARK_WORKER_NAME = "lab-1"
    beats.register(7, NOW)
    beats.note(7, LATER, last=True)
    beats.register(8, LATER)
    assert [row.pid for row in Worker.objects.all()] == [8]
    beats.register(9, LATER)  # beside one that is alive
    settings.RINGMARK_WORKER_NAME = "lab-2"
    beats.register(10, LATER)
    assert {row.pid for row in Worker.objects.all()} == {8, 9, 10}


def test_rows_of_long_ago_go(db: None, settings: Settings) -> None:
    settings.RINGMARK_WORKER_NAME = "container-1"
    beats.register(7, NOW)
    settings.RINGMARK_WORKER_NAME = "container-2"
    beats.register(7, NOW + beats.KEPT + dt.timedelta(days=1))
    assert [row.name for row in Worker.objects.all()] == ["container-2"]


def test_beats_are_stored_now_and_then_and_the_last_always(db: None) -> None:
    def beat_at(seconds: float, last: bool = False) -> dt.datetime:
        at = NOW + dt.timedelta(days=400, seconds=seconds)
        beat.send(None, worker_pid=7, now=at, last=last)
        return at

    first = beat_at(0)
    beat_at(2)
    assert Worker.objects.get().last_seen == first
    third = beat_at(10)
    assert Worker.objects.get().last_seen == third
    end = beat_at(11, last=True)
    assert Worker.objects.get().stopped_at == end


@pytest.mark.parametrize("model", ["worker", "platformaddress", "workertoken"])
def test_the_administration_only_reads(admin_client: Client, token: str, model: str) -> None:
    beats.register(7, timezone.now())
    page = admin_client.get(f"/admin/fleet/{model}/")
    assert page.status_code == 200
    assert admin_client.get(f"/admin/fleet/{model}/add/").status_code == 403
