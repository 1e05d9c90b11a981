"""What holds for the whole site: logging in, headers, health, the demo, the class page."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.webapp.support.fixtures import MODULE, PASSWORD, School
from tests.webapp.support.queue import private_redis
from webapp.accounts.models import LoginFailure, User
from webapp.accounts.services import ALLOWED_FAILURES
from webapp.cli.demo import LOGINS
from webapp.config import environment
from webapp.courses.models import Assignment, Course, Enrolment
from webapp.submissions.models import Marking, State


def log_in(client: Client, password: str, name: str = "student") -> int:
    return client.post(reverse("login"), {"username": name, "password": password}).status_code


def test_the_right_password_opens_the_site(school: School, client: Client) -> None:
    assert log_in(client, PASSWORD) == 302
    assert client.get(reverse("home")).status_code == 200


def test_guessing_passwords_closes_the_login_for_that_name_only(
    school: School, client: Client
) -> None:
    for _ in range(ALLOWED_FAILURES):
        assert log_in(client, "wrong") == 200
    assert log_in(client, PASSWORD) == 200
    assert log_in(client, PASSWORD, " STUDENT") == 200
    assert log_in(client, PASSWORD, "fellow") == 302


def test_a_right_password_forgets_the_wrong_ones(school: School, client: Client) -> None:
    log_in(client, "wrong")
    log_in(client, PASSWORD)
    assert not LoginFailure.objects.exists()


def test_pages_allow_no_foreign_and_no_inline_code(school: School, client: Client) -> None:
    client.force_login(school.student)
    response = client.get(school.graded("defect").get_absolute_url())
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    html = response.content.decode()
    assert "style=" not in html
    assert "onclick" not in html
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_health_is_good_with_the_queue_away(school: School, client: Client) -> None:
    assert client.get("/healthz").json() == {"database": "ok", "queue": "ok"}
    with private_redis() as redis:
        redis.stop()
        response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "queue": "unreachable"}


@pytest.mark.django_db
def test_the_demo_can_be_made_twice() -> None:
    said = io.StringIO()
    call_command("demo", stdout=said)
    call_command("demo", stdout=said)
    assert Course.objects.count() == 1
    assert [each.tp for each in Assignment.objects.order_by("tp")] == ["tp1", "tp2", "tp3", "tp4"]
    assert Enrolment.objects.count() == len(LOGINS)
    for login in LOGINS:
        assert User.objects.get(username=login.username).check_password(login.password)
        assert login.password in said.getvalue()


@pytest.mark.django_db
def test_the_demo_leaves_a_changed_password_alone() -> None:
    call_command("demo", stdout=io.StringIO())
    user = User.objects.get(username="student")
    user.set_password("changed-since")
    user.save()
    call_command("demo", stdout=io.StringIO())
    assert User.objects.get(username="student").check_password("changed-since")


def test_instructors_see_the_latest_attempt_of_every_student(
    school: School, client: Client
) -> None:
    school.graded("defect")
    latest = school.graded("perfect", MODULE + b"\n")
    client.force_login(school.instructor)
    html = client.get(school.assignment.get_absolute_url()).content.decode()
    assert latest.get_absolute_url() in html
    assert html.count("/submissions/") == 1
    assert "nothing handed in" in html
    assert 'class="mark">20<' in html


def test_instructors_are_told_of_withheld_marks(school: School, client: Client) -> None:
    withheld = school.submit()
    Marking.objects.update(state=State.ERROR, last_fault="QEMU ended")
    school.graded("perfect", MODULE + b"\n")
    client.force_login(school.instructor)
    html = client.get(school.assignment.get_absolute_url()).content.decode()
    section = html[html.index('id="withheld"') : html.index('id="class"')]
    assert withheld.get_absolute_url() in section
    assert "QEMU ended" in section


def test_the_class_page_asks_the_database_as_often_for_many_as_for_few(
    school: School, client: Client
) -> None:
    client.force_login(school.instructor)
    school.graded("perfect")
    with CaptureQueriesContext(connection) as few:
        client.get(school.assignment.get_absolute_url())
    for number in range(20):
        user = User.objects.create(username=f"s{number}")
        Enrolment.objects.create(user=user, course=school.course)
        school.submit(MODULE + b"\n" * number, student=user)
    with CaptureQueriesContext(connection) as many:
        client.get(school.assignment.get_absolute_url())
    assert len(many) == len(few)


def test_the_secret_key_is_made_once(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    folder = tmp_path_factory.mktemp("var")
    key = environment.secret_key(folder)
    assert len(key) >= 50
    assert environment.secret_key(folder) == key
    assert (folder / "secret_key").stat().st_mode & 0o077 == 0
    assert environment.secret_key(tmp_path_factory.mktemp("other")) != key


def test_migrations_are_complete(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


def test_a_page_that_is_not_there_says_so(school: School, client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert b"There is nothing here" in response.content
