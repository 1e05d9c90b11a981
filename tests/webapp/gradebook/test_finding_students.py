"""Sorting, filtering and paging."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.webapp.gradebook.classroom import Classroom
from tests.webapp.gradebook.page import names, opened, rows
from webapp.courses.models import Enrolment
from webapp.submissions.models import State


@pytest.fixture
def four(room: Classroom, teacher: Client) -> Classroom:
    """zoe 20 + late 17, abel 2 + nothing, dora nothing + withheld, and two who did nothing."""
    zoe = room.enrol("z1", "Abel", "Zoé", "G2")
    abel = room.enrol("a1", "Zola", "Abel", "G1")
    dora = room.enrol("d1", "Martin", "Dora", "G1")
    Enrolment.objects.filter(user__in=[room.school.student, room.school.fellow]).delete()
    room.attempt(zoe, room.tp1)
    room.attempt(zoe, room.tp2, late=dt.timedelta(hours=30))
    room.attempt(abel, room.tp1, (2, 0, 0))
    room.attempt(dora, room.tp2, state=State.ERROR)
    room.enrol("n1", "Nobody")
    return room


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["z1", "d1", "n1", "a1"]),
        ("student", ["z1", "d1", "n1", "a1"]),
        ("-student", ["a1", "n1", "d1", "z1"]),
        ("group", ["n1", "d1", "a1", "z1"]),
        ("m-tp1", ["a1", "z1", "d1", "n1"]),
        ("-m-tp1", ["z1", "a1", "d1", "n1"]),
        ("-m-tp2", ["z1", "d1", "n1", "a1"]),
        ("total", ["a1", "z1", "d1", "n1"]),
        ("-total", ["z1", "a1", "d1", "n1"]),
        ("average", ["a1", "z1", "d1", "n1"]),
        ("-average", ["z1", "a1", "d1", "n1"]),
        ("-nonsense", ["z1", "d1", "n1", "a1"]),
        ("-", ["z1", "d1", "n1", "a1"]),
    ],
)
def test_every_column_sorts_and_what_is_missing_comes_last(
    four: Classroom, teacher: Client, sort: str, expected: list[str]
) -> None:
    assert names(teacher, f"sort={sort}") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=zo", ["z1", "a1"]),
        ("q=abel+zo", ["z1", "a1"]),
        ("q=zola+abel", ["a1"]),
        ("q=D1", ["d1"]),
        ("q=%25", []),
        ("group=G1", ["d1", "a1"]),
        ("state=none&tp=tp1", ["d1", "n1"]),
        ("state=none&tp=tp2", ["n1", "a1"]),
        ("state=none", ["d1", "n1", "a1"]),
        ("state=withheld", ["d1"]),
        ("state=withheld&tp=tp1", []),
        ("state=low&tp=tp1", ["a1"]),
        ("state=low&tp=tp2", []),
        ("state=late", ["z1"]),
        ("state=late&tp=tp1", []),
        ("tp=tp1", ["z1", "d1", "n1", "a1"]),
        ("group=G1&state=low&sort=-total", ["a1"]),
    ],
)
def test_filters(four: Classroom, teacher: Client, query: str, expected: list[str]) -> None:
    assert names(teacher, query) == expected


def test_a_group_that_there_is_not_is_told(four: Classroom, teacher: Client) -> None:
    html = opened(teacher, "group=G9&state=low")
    assert "G9 is not one of the available choices" in html


def test_nothing_can_have_been_handed_in_before_a_tp_opens(
    four: Classroom, teacher: Client
) -> None:
    four.tp2.opens_at = four.now + dt.timedelta(hours=1)
    four.tp2.save()
    assert names(teacher, "state=none&tp=tp2") == []


def test_fifty_on_a_page_and_every_student_on_one(room: Classroom, teacher: Client) -> None:
    for number in range(100):
        room.enrol(f"u{number:03}", f"Name{number:03}")
    pages = [names(teacher, f"page={page}") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 2]
    assert len({name for page in pages for name in page}) == 102


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "", "1&per_page=100000"])
def test_a_page_that_there_is_not(room: Classroom, teacher: Client, page: str) -> None:
    for number in range(60):
        room.enrol(f"u{number:03}")
    assert 0 < len(rows(teacher, f"page={page}")) <= 50


def test_links_keep_the_filter_and_leave_the_page(four: Classroom, teacher: Client) -> None:
    html = opened(teacher, "group=G1&sort=-total&page=1")
    assert "?group=G1&amp;sort=student" in html
    assert 'aria-sort="descending"' in html


@pytest.mark.parametrize(
    "query", ["", "sort=-total", "sort=average", "sort=m-tp1", "state=low", "look=best"]
)
def test_the_number_of_queries_does_not_follow_the_class(
    room: Classroom, teacher: Client, query: str
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            opened(teacher, query)
        return len(queries)

    room.attempt(room.school.student, room.tp1, (2, 0, 0))
    few = count()
    for number in range(30):
        student = room.enrol(f"u{number}", group=f"G{number % 3}")
        room.attempt(student, room.tp1, (2, 0, 0))
        room.correct(room.attempt(student, room.tp2), 1, 4)
    assert count() == few


def test_a_course_without_a_tp(room: Classroom, teacher: Client) -> None:
    stranger = room.school.stranger
    course = stranger.enrolments.get().course
    room.school.student.enrolments.create(course=course, role="student")
    teacher.force_login(stranger)
    assert "Student" in opened(teacher, "sort=-average&state=low", "elsewhere")
    assert (
        teacher.post(reverse("gradebook-export", args=["elsewhere"]), {"kind": "xlsx"}).status_code
        == 200
    )
