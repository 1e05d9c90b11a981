"""Who may open what: every address times every role. A new address without a row fails."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.webapp.support.fixtures import School, marking_of
from webapp.submissions.models import Marking, State, Submission

ROLES = ("anonymous", "owner", "fellow", "instructor", "stranger")
LOGIN = 302  # to the login page


@dataclass(frozen=True)
class Row:
    """Status expected of each role, in the order of ROLES."""

    expected: tuple[int, int, int, int, int]
    method: str = "get"


OWN_AND_TAUGHT = (LOGIN, 200, 404, 200, 404)
MATRIX = {
    "home": Row((LOGIN, 200, 200, 200, 200)),
    "course": Row((LOGIN, 200, 200, 200, 404)),
    "assignment": Row((LOGIN, 200, 200, 200, 404)),
    # 422: the form is shown again, for nothing was chosen; the role got that far.
    "hand-in": Row((LOGIN, 422, 422, 404, 404), "post"),
    "submission": Row(OWN_AND_TAUGHT),
    "progress": Row(OWN_AND_TAUGHT),
    "source": Row(OWN_AND_TAUGHT),
    "download": Row(OWN_AND_TAUGHT),
    # 302: back to the submission, after what was asked for was done.
    "mark-again": Row((LOGIN, 404, 404, 302, 404), "post"),
    "login": Row((200, 302, 302, 302, 302)),
    "logout": Row((302, 302, 302, 302, 302), "post"),
    "password_change": Row((LOGIN, 200, 200, 200, 200)),
    "password_change_done": Row((LOGIN, 200, 200, 200, 200)),
    "set_language": Row((302, 302, 302, 302, 302), "post"),
    "healthz": Row((200, 200, 200, 200, 200)),
}


def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """All names but those of Django's admin, which has a test of its own below."""
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            found.add(str(pattern.name))
        elif pattern.namespace != "admin":
            found |= names(pattern.url_patterns)
    return found


def address(name: str, submission: Submission) -> str:
    course = submission.assignment.course.slug
    arguments: dict[str, list[object]] = {
        "course": [course],
        "assignment": [course, "tp1"],
        "hand-in": [course, "tp1"],
        "submission": [submission.pk],
        "progress": [submission.pk],
        "mark-again": [submission.pk],
        "source": [submission.pk, submission.files.get().pk],
        "download": [submission.pk, "report"],
    }
    return reverse(name, args=arguments.get(name, []))


def sign_in(client: Client, school: School, role: str) -> None:
    if role != "anonymous":
        person = school.student if role == "owner" else getattr(school, role)
        client.force_login(person)


def test_every_address_has_its_row() -> None:
    assert names(get_resolver().url_patterns) == set(MATRIX)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", MATRIX)
def test_access(school: School, client: Client, name: str, role: str) -> None:
    submission = school.graded()
    if name == "mark-again":
        Marking.objects.update(state=State.ERROR)
    sign_in(client, school, role)
    row = MATRIX[name]
    response = getattr(client, row.method)(address(name, submission))
    assert response.status_code == row.expected[ROLES.index(role)]
    if row.expected[ROLES.index(role)] == LOGIN and role == "anonymous" and name != "logout":
        assert "set_language" in name or "/accounts/login/" in response["Location"]
    if name == "mark-again":
        started_over = marking_of(submission).state == State.QUEUED
        assert started_over is (role == "instructor")


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
