"""Who may open what: every address times every role. A new address without a row fails; its row
goes into the file of its room in ``tests/webapp/access``.
"""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.webapp import access
from tests.webapp.access.table import LOGIN, ROLES, Row
from tests.webapp.support.fixtures import School, marking_of
from webapp.submissions.models import Marking, State


def _matrix() -> dict[str, Row]:
    """The rows of every room."""
    rows: dict[str, Row] = {}
    for module in pkgutil.iter_modules(access.__path__):
        if module.name.startswith("rows_"):
            found = importlib.import_module(f"tests.webapp.access.{module.name}").ROWS
            assert not rows.keys() & found.keys()
            rows |= found
    return rows


MATRIX = _matrix()


def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """All names but those of Django's admin, which has a test of its own below."""
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            found.add(str(pattern.name))
        elif pattern.namespace != "admin":
            found |= names(pattern.url_patterns)
    return found


def sign_in(client: Client, school: School, role: str) -> None:
    if role != "anonymous":
        person = school.student if role == "owner" else getattr(school, role)
        client.force_login(person)


def test_every_address_has_its_row() -> None:
    assert names(get_resolver().url_patterns) == set(MATRIX)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(MATRIX))
def test_access(school: School, client: Client, name: str, role: str) -> None:
    row = MATRIX[name]
    address = reverse(name, args=row.arguments(school, school.graded()))
    sign_in(client, school, role)
    response = getattr(client, row.method)(address, dict(row.data))
    assert response.status_code == row.expected[ROLES.index(role)]
    if row.expected[ROLES.index(role)] == LOGIN and role == "anonymous" and name != "logout":
        assert "set_language" in name or "/accounts/login/" in response["Location"]


@pytest.mark.parametrize("role", ROLES)
def test_marking_again_is_for_instructors(school: School, client: Client, role: str) -> None:
    submission = school.graded()
    Marking.objects.update(state=State.ERROR)
    sign_in(client, school, role)
    client.post(reverse("mark-again", args=[submission.pk]))
    assert (marking_of(submission).state == State.QUEUED) is (role == "instructor")


@pytest.mark.parametrize("role", ROLES)
def test_the_administration_is_for_staff_only(school: School, client: Client, role: str) -> None:
    sign_in(client, school, role)
    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("model", ["submission", "marking"])
def test_history_is_read_only_in_the_administration(
    school: School, client: Client, model: str
) -> None:
    submission = school.graded()
    school.instructor.is_staff = school.instructor.is_superuser = True
    school.instructor.save()
    client.force_login(school.instructor)
    assert client.get(reverse(f"admin:submissions_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:submissions_{model}_add")).status_code == 403
    key = submission.pk if model == "submission" else marking_of(submission).pk
    change = reverse(f"admin:submissions_{model}_change", args=[key])
    assert client.get(change).status_code == 200
    assert client.post(change, {}).status_code == 403
    delete = reverse(f"admin:submissions_{model}_delete", args=[key])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_a_student_who_left_the_course_sees_nothing_of_it(school: School, client: Client) -> None:
    submission = school.graded()
    school.student.enrolments.all().delete()
    client.force_login(school.student)
    assert client.get(submission.get_absolute_url()).status_code == 404


def test_a_file_of_another_submission_is_not_there(school: School, client: Client) -> None:
    own, other = school.graded(), school.submit(student=school.fellow)
    client.force_login(school.student)
    stolen = reverse("source", args=[own.pk, other.files.get().pk])
    assert client.get(stolen).status_code == 404
