"""A student's page for instructors."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.webapp.gradebook.classroom import Classroom
from webapp.courses.models import Extension
from webapp.submissions.models import State


def page(client: Client, who: str) -> str:
    response = client.get(reverse("student", args=["asee", who]))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_all_attempts_with_what_counts(room: Classroom, teacher: Client) -> None:
    student = room.enrol("u1", "Doe", "Jo", "G1")
    first = room.attempt(student, room.tp1, (2, 8, 0))
    room.attempt(student, room.tp1, (2, 0, 0))
    room.attempt(student, room.tp2, state=State.ERROR)
    html = page(teacher, "u1")
    counting = re.findall(r'<tr class="current">.*?</tr>', html)
    assert len(counting) == 1 and first.get_absolute_url() in counting[0]
    assert html.count("<time") == 5 and "withheld" in html and "group G1" in html
    assert "<dd>10</dd>" in html


def test_the_student_s_own_date_is_shown_with_its_reason(room: Classroom, teacher: Client) -> None:
    Extension.objects.create(
        student=room.school.student, assignment=room.tp1, reason="was <ill>",
        due_at=room.tp1.due_at + dt.timedelta(days=7), author=room.school.instructor,
        created_at=room.now,
    )  # fmt: skip
    assert "was &lt;ill&gt;" in page(teacher, "student")


def test_by_number_too_but_a_name_that_is_one_comes_first(room: Classroom, teacher: Client) -> None:
    student = room.school.student
    assert "Student" in page(teacher, str(student.pk))
    room.enrol(str(student.pk), "Number")
    assert "Number" in page(teacher, str(student.pk))


@pytest.mark.parametrize("who", ["instructor", "stranger", "nobody", "0", "9" * 30, "²"])
def test_who_is_no_student_of_the_course(room: Classroom, teacher: Client, who: str) -> None:
    assert teacher.get(reverse("student", args=["asee", who])).status_code == 404


def test_the_number_of_queries_does_not_follow_the_attempts(
    room: Classroom, teacher: Client
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(teacher, "student")
        return len(queries)

    room.attempt(room.school.student, room.tp1)
    few = count()
    for _ in range(10):
        room.correct(room.attempt(room.school.student, room.tp2), 1, 3)
    assert count() == few
