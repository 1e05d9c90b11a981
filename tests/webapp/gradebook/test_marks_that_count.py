"""Which mark the gradebook shows, and what it says about it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.gradebook.classroom import Classroom
from tests.webapp.gradebook.page import rows
from webapp.courses.models import Extension
from webapp.gradebook.book import Book, Look, students, sums_of
from webapp.submissions.models import State

TP1, TP2, SUM, AVERAGE = 1, 2, 3, 4


def test_each_tp_shows_what_its_policy_counts(room: Classroom, teacher: Client) -> None:
    student = room.school.student
    for tp in (room.tp1, room.tp2):
        room.attempt(student, tp, (2, 8, 0))
        room.attempt(student, tp, (2, 0, 0))
    row = rows(teacher)["student"]
    assert row[TP1].startswith("10/20") and "attempt 1 of 2" in row[TP1]
    assert row[TP2].startswith("2/20") and "attempt 2 of 2" in row[TP2]
    assert (row[SUM], row[AVERAGE]) == ("12", "6")


@pytest.mark.parametrize(("look", "mark"), [("best", "10/20"), ("last", "2/20")])
def test_the_switch_looks_at_the_same_attempt_everywhere(
    room: Classroom, teacher: Client, look: str, mark: str
) -> None:
    for tp in (room.tp1, room.tp2):
        room.attempt(room.school.student, tp, (2, 8, 0))
        room.attempt(room.school.student, tp, (2, 0, 0))
    row = rows(teacher, f"look={look}")["student"]
    assert row[TP1].startswith(mark) and row[TP2].startswith(mark)


def test_a_late_mark_says_how_late_and_what_it_cost(room: Classroom, teacher: Client) -> None:
    room.attempt(room.school.student, room.tp2, late=dt.timedelta(hours=30))
    cell = rows(teacher)["student"][TP2]
    assert cell.startswith("17/20") and "2 days late, −3" in cell


def test_a_mark_corrected_by_hand_says_so(room: Classroom, teacher: Client) -> None:
    submission = room.attempt(room.school.student, room.tp1, (2, 8, 0))
    assert "by hand" not in rows(teacher)["student"][TP1]
    correction = room.correct(submission, 2, 7.5)
    cell = rows(teacher)["student"][TP1]
    assert cell.startswith("17.5/20") and "by hand" in cell
    correction.withdrawn_at = timezone.now()
    correction.save()
    assert "by hand" not in rows(teacher)["student"][TP1]


def test_a_withheld_mark_is_seen_and_costs_nothing(room: Classroom, teacher: Client) -> None:
    room.attempt(room.school.student, room.tp1)
    room.attempt(room.school.student, room.tp2, state=State.ERROR)
    row = rows(teacher)["student"]
    assert "withheld" in row[TP2] and "/20" not in row[TP2]
    assert (row[SUM], row[AVERAGE]) == ("20", "20")


def test_where_an_earlier_attempt_counts_a_withheld_last_one_is_seen_too(
    room: Classroom, teacher: Client
) -> None:
    room.attempt(room.school.student, room.tp1, (2, 0, 0))
    room.attempt(room.school.student, room.tp1, state=State.ERROR)
    cell = rows(teacher)["student"][TP1]
    assert cell.startswith("2/20") and "latest withheld" in cell


def test_nothing_handed_in_is_no_mark_while_the_tp_is_open(
    room: Classroom, teacher: Client
) -> None:
    row = rows(teacher)["fellow"]
    assert "nothing handed in" in row[TP1]
    assert (row[SUM], row[AVERAGE]) == ("–", "–")


def averages(room: Classroom, now: dt.datetime) -> dict[str, float | None]:
    book = Book.of(room.school.course, Look.POLICY, now)
    everybody = list(students(book))
    found = sums_of(book, everybody)
    return {each.user.username: found[each.user_id].average for each in everybody}


def test_a_tp_that_is_over_counts_0_for_who_handed_nothing_in(room: Classroom) -> None:
    room.attempt(room.school.student, room.tp1, (2, 8, 0))
    assert averages(room, room.now) == {"student": 10.0, "fellow": None}
    over = room.tp1.due_at + dt.timedelta(minutes=1)
    assert averages(room, over) == {"student": 10.0, "fellow": 0.0}
    both_over = room.tp2.due_at + dt.timedelta(days=3, minutes=1)
    assert averages(room, both_over) == {"student": 5.0, "fellow": 0.0}


def test_who_has_another_date_is_not_counted_0_before_it(room: Classroom) -> None:
    Extension.objects.create(
        student=room.school.fellow, assignment=room.tp1, reason="ill",
        due_at=room.tp1.due_at + dt.timedelta(days=7), author=room.school.instructor,
        created_at=room.now,
    )  # fmt: skip
    over = room.tp1.due_at + dt.timedelta(minutes=1)
    assert averages(room, over) == {"student": 0.0, "fellow": None}
    assert averages(room, over + dt.timedelta(days=7))["fellow"] == 0.0


def test_marks_of_another_course_are_not_in_it(room: Classroom, teacher: Client) -> None:
    room.attempt(room.school.student, room.tp1, (2, 0, 0))
    elsewhere = room.school.stranger.enrolments.get().course
    room.school.student.enrolments.create(course=elsewhere, role="student")
    room.tp2.course = elsewhere
    room.tp2.save()
    room.attempt(room.school.student, room.tp2)
    assert rows(teacher)["student"][2] == "2"
