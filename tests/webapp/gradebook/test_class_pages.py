"""Pages of others that a large class must not slow down."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.webapp.gradebook.classroom import Classroom
from webapp.accounts.models import User
from webapp.courses.models import Assignment, Course, Enrolment, Extension, Role
from webapp.courses.services import seats
from webapp.submissions.models import State
from webapp.submissions.overview import course_overviews


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def another_course(room: Classroom, user: User, role: Role, number: int) -> Course:
    course = Course.objects.create(slug=f"c{number}", title=f"Course {number}")
    Enrolment.objects.create(user=user, course=course, role=role)
    for tp in ("tp1", "tp2"):
        Assignment.objects.create(
            course=course, tp=tp, title=tp, opens_at=room.now - dt.timedelta(days=1),
            due_at=room.now + dt.timedelta(days=1),
        )  # fmt: skip
    return course


def test_the_class_a_page_at_a_time(room: Classroom, teacher: Client) -> None:
    for number in range(60):
        room.enrol(f"u{number:02}", f"Name{number:02}")
    address = reverse("assignment", args=["asee", "tp1"])
    first, second = (teacher.get(f"{address}?page={n}").content.decode() for n in (1, 2))
    assert "Name00" in first and "Name59" not in first and 'href="?page=2"' in first
    assert "Name59" in second and "Name00" not in second


def test_the_class_costs_the_same_queries_whatever_its_size(
    room: Classroom, teacher: Client
) -> None:
    address = reverse("assignment", args=["asee", "tp1"])
    room.attempt(room.school.student, room.tp1)
    few = queries(teacher, address)
    for number in range(30):
        room.attempt(room.enrol(f"u{number}"), room.tp1)
    assert queries(teacher, address) == few


def test_home_costs_the_same_queries_however_many_courses(room: Classroom, teacher: Client) -> None:
    few = queries(teacher, reverse("home"))
    for number in range(4):
        another_course(room, room.school.instructor, Role.INSTRUCTOR, number)
    assert queries(teacher, reverse("home")) == few
    teacher.force_login(room.school.student)
    few = queries(teacher, reverse("home"))
    for number in range(5, 9):
        another_course(room, room.school.student, Role.STUDENT, number)
    assert queries(teacher, reverse("home")) == few


def test_an_instructor_s_overview_counts_each_course_on_its_own(room: Classroom) -> None:
    school = room.school
    other = another_course(room, school.instructor, Role.INSTRUCTOR, 1)
    room.attempt(school.student, room.tp1)
    room.attempt(school.student, room.tp1)
    room.attempt(school.fellow, room.tp1, state=State.ERROR)
    room.attempt(school.fellow, room.tp2, (0, 0, 0), state=State.QUEUED)
    there, here = course_overviews(seats(school.instructor), room.now)
    assert there.seat.course == other
    assert [(line.people, line.attempts) for line in there.lines] == [(0, 0), (0, 0)]
    assert [(line.people, line.attempts) for line in here.lines] == [(2, 3), (1, 1)]
    assert [(line.waiting, line.withheld) for line in here.lines] == [(0, 1), (1, 0)]
    assert (there.students, here.students) == (0, 2)


def test_one_teaches_here_and_studies_there(room: Classroom) -> None:
    school = room.school
    course = another_course(room, school.student, Role.INSTRUCTOR, 1)
    room.attempt(school.student, room.tp1, (2, 0, 0))
    room.attempt(school.fellow, room.tp1)
    Extension.objects.create(
        student=school.student, assignment=room.tp1, reason="ill", author=school.instructor,
        due_at=room.tp1.due_at + dt.timedelta(days=7), created_at=room.now,
    )  # fmt: skip
    taught, attended = course_overviews(seats(school.student), room.now)
    assert (taught.seat.course, taught.seat.is_instructor) == (course, True)
    first = attended.lines[0]
    assert first.best is not None
    assert (first.attempts, first.best.score, first.people) == (1, 2.0, 0)
    assert first.dates.extended and first.dates.due_at == room.tp1.due_at + dt.timedelta(days=7)
    assert attended.lines[1].last is None
