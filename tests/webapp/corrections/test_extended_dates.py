"""Another date for one student: granted, changed, withdrawn; what the student sees and what it
does to marks. And what everybody sees of the late policy."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from tests.webapp.support.fixtures import School, finish
from webapp.accounts.models import User
from webapp.audit.models import Action, AuditEntry
from webapp.corrections.extensions import MOST_FOUND, extend
from webapp.courses.dates import dates_of
from webapp.courses.models import Enrolment, Extension, Role
from webapp.submissions.models import Mark, Standing


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


@pytest.fixture
def overdue(school: School) -> School:
    """Due 30 hours ago; late attempts are taken for five days and lose 2 points each."""
    tp = school.assignment
    tp.due_at = timezone.now() - dt.timedelta(hours=30)
    tp.opens_at = tp.due_at - dt.timedelta(days=9)
    tp.late_days, tp.late_points_per_day = 5, 2
    tp.save()
    return school


def the_list(school: School) -> str:
    return reverse("extensions", args=[school.course.slug, school.assignment.tp])


def form_of(school: School, student: User) -> str:
    return reverse("extension", args=[school.course.slug, school.assignment.tp, student.pk])


def typed(at: dt.datetime, reason: str = "ill") -> dict[str, str]:
    return {"due_at": f"{timezone.localtime(at):%Y-%m-%dT%H:%M}", "reason": reason}


def shown(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")


def test_an_extension_is_granted_shown_and_recorded(school: School, teacher: Client) -> None:
    later = school.assignment.due_at + dt.timedelta(days=2)
    reply = teacher.post(form_of(school, school.student), typed(later, "ill, see mail"))
    assert reply["Location"] == the_list(school)
    listed = teacher.get(the_list(school)).content.decode()
    assert "ill, see mail" in listed
    assert shown(later) in listed
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.reason) == (
        Action.EXTENDED, "student, tp1", "ill, see mail",
    )  # fmt: skip
    assert set(entry.detail) == {"old", "new"}

    for student, is_theirs in ((school.student, True), (school.fellow, False)):
        teacher.force_login(student)
        for url in ("/", school.course.get_absolute_url(), school.assignment.get_absolute_url()):
            html = teacher.get(url).content.decode()
            assert (f"extended for you until {shown(later)}" in html) is is_theirs
            assert (shown(school.assignment.due_at) in html) is not is_theirs
            assert "ill, see mail" not in html


def test_an_extension_takes_the_late_points_back_at_once(overdue: School, teacher: Client) -> None:
    submission = overdue.graded("perfect")
    assert Mark.objects.get(submission=submission).score == 16
    teacher.post(
        form_of(overdue, overdue.student), typed(overdue.assignment.due_at + dt.timedelta(days=1))
    )
    assert Mark.objects.get(submission=submission).score == 18
    teacher.post(
        form_of(overdue, overdue.student), typed(overdue.assignment.due_at + dt.timedelta(days=2))
    )
    assert Extension.objects.count() == 1  # changed, not doubled
    assert Standing.objects.get(student=overdue.student).best.score == 20
    old = AuditEntry.objects.first().detail["old"]["due"]
    assert old.startswith(
        f"{timezone.localtime(overdue.assignment.due_at) + dt.timedelta(days=1):%F}"
    )

    url = form_of(overdue, overdue.student) + "withdraw/"
    teacher.post(url)
    teacher.post(url)  # a double click
    assert Mark.objects.get(submission=submission).score == 16
    assert AuditEntry.objects.filter(action=Action.EXTENSION_WITHDRAWN).count() == 1


def test_it_opens_a_closed_tp_for_its_student_alone(school: School, teacher: Client) -> None:
    tp = school.assignment
    tp.due_at = timezone.now() - dt.timedelta(days=1)
    tp.opens_at = tp.due_at - dt.timedelta(days=9)
    tp.save()
    extend(tp, school.student, timezone.now() + dt.timedelta(days=1), "ill", school.instructor,
           timezone.now())  # fmt: skip
    for student, is_open in ((school.student, True), (school.fellow, False)):
        teacher.force_login(student)
        html = teacher.get(tp.get_absolute_url()).content.decode()
        assert ("Hand in and mark" in html) is is_open
        assert ("was due and is closed" in html) is not is_open


@pytest.mark.parametrize(
    ("due_at", "reason", "told"),
    [
        ("", "ill", "Until when?"),
        ("tomorrow", "ill", "A day and a time, please"),
        ("2001-01-01T10:00", "ill", "an extension has to be later"),
        ("2999-01-01T10:00", " ", "Write why"),
        ("2999-01-01T10:00", "x" * 2001, "at most 2000 characters"),
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(
    school: School, teacher: Client, due_at: str, reason: str, told: str
) -> None:
    reply = teacher.post(form_of(school, school.student), {"due_at": due_at, "reason": reason})
    html = reply.content.decode()
    assert reply.status_code == 422
    assert told in html
    assert f'value="{due_at}"' in html or not due_at
    assert reason.strip() in html
    assert not Extension.objects.exists()


def test_who_is_no_student_of_the_course_gets_none(school: School, teacher: Client) -> None:
    later = typed(school.assignment.due_at + dt.timedelta(days=1))
    for person in (school.instructor, school.stranger):
        assert teacher.post(form_of(school, person), later).status_code == 404
    assert not Extension.objects.exists()


def test_a_student_is_found_by_parts_of_the_name(school: School, teacher: Client) -> None:
    school.fellow.last_name = "O'Neill-Études"
    school.fellow.save()
    found = teacher.get(the_list(school), {"q": "fell neill"}).content.decode()
    assert form_of(school, school.fellow) in found
    assert form_of(school, school.student) not in found
    assert "is called" in teacher.get(the_list(school), {"q": "<nobody>"}).content.decode()
    # Instructors are not students.
    assert "is called" in teacher.get(the_list(school), {"q": "instructor"}).content.decode()


def test_a_search_in_a_large_class_shows_the_first_and_says_so(
    school: School, teacher: Client
) -> None:
    _enrol_many(school, MOST_FOUND + 5)
    html = teacher.get(the_list(school), {"q": "many"}).content.decode()
    assert f"Only the first {MOST_FOUND} are shown" in html


def test_the_list_asks_as_often_for_ten_as_for_two(school: School, teacher: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert teacher.get(the_list(school)).status_code == 200
        return len(asked)

    later, now = school.assignment.due_at + dt.timedelta(days=1), timezone.now()
    students = _enrol_many(school, 10)
    for student in students[:2]:
        extend(school.assignment, student, later, "ill", school.instructor, now)
    few = queries()
    for student in students:
        extend(school.assignment, student, later, "ill", school.instructor, now)
    assert queries() == few


def test_an_extension_takes_no_time_away_when_the_tp_moves_behind_it(
    school: School, teacher: Client
) -> None:
    tp = school.assignment
    extend(tp, school.student, tp.due_at + dt.timedelta(days=1), "ill", school.instructor,
           timezone.now())  # fmt: skip
    tp.due_at += dt.timedelta(days=3)
    tp.save()
    dates = dates_of(tp, school.student)
    assert (dates.due_at, dates.extended) == (tp.due_at, False)
    assert "without effect: everybody has longer" in teacher.get(the_list(school)).content.decode()


def test_the_late_policy_is_told_before_anything_is_handed_in(
    school: School, client: Client
) -> None:
    tp = school.assignment
    client.force_login(school.student)
    assert "Late attempts" not in client.get(tp.get_absolute_url()).content.decode()
    tp.late_days, tp.late_points_per_day = 3, 2
    tp.save()
    html = client.get(tp.get_absolute_url()).content.decode()
    assert shown(tp.due_at + dt.timedelta(days=3)) in html
    assert "each day begun costs 2 points." in html
    assert "It is late." not in html
    tp.late_points_per_day = 0
    tp.save()
    assert "being late costs nothing." in client.get(tp.get_absolute_url()).content.decode()


def test_who_is_late_is_warned_and_reads_afterwards_what_it_cost(
    overdue: School, client: Client
) -> None:
    client.force_login(overdue.student)
    html = client.get(overdue.assignment.get_absolute_url()).content.decode()
    assert "An attempt handed in now is 2 days late and loses 4 points." in html
    assert "Late attempts are taken until" in client.get("/").content.decode()
    submission = overdue.submit()
    finish(submission, "perfect")
    html = client.get(submission.get_absolute_url()).content.decode()
    assert "<dt>2 days late</dt><dd>4 points off</dd>" in html
    assert "<dt>The checks</dt><dd>20</dd>" in html
    for url in (overdue.assignment.get_absolute_url(), overdue.course.get_absolute_url()):
        assert "late −4</span>" in client.get(url).content.decode()


def test_after_the_last_late_day_the_page_says_until_when_it_took_work(
    overdue: School, client: Client
) -> None:
    overdue.assignment.late_days = 1
    overdue.assignment.save()
    client.force_login(overdue.student)
    html = client.get(overdue.assignment.get_absolute_url()).content.decode()
    assert "was due and is closed" in html
    assert shown(overdue.assignment.due_at + dt.timedelta(days=1)) in html
    assert "It is late." not in html


def test_a_reason_and_a_name_are_inert(school: School, teacher: Client) -> None:
    school.student.first_name = "<script>alert(1)</script>\u202e"
    school.student.save()
    later = school.assignment.due_at + dt.timedelta(days=1)
    teacher.post(form_of(school, school.student), typed(later, "<script>alert(2)</script>\x1b"))
    for url in (the_list(school) + "?q=student", form_of(school, school.student)):
        html = teacher.get(url).content.decode()
        assert "<script>alert" not in html
        assert "\u202e" not in html
    assert "\x1b" not in teacher.get(the_list(school)).content.decode()


def _enrol_many(school: School, number: int) -> list[User]:
    students = [User.objects.create(username=f"many{n:03}") for n in range(number)]
    for student in students:
        Enrolment.objects.create(user=student, course=school.course, role=Role.STUDENT)
    return students
