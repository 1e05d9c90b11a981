"""Fixtures of the web and browser tests."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from grader.intake import Upload
from tests.webapp.support import reports
from tests.webapp.support.queue import Redis, private_redis
from webapp.accounts.models import User
from webapp.courses.models import Assignment, Course, Enrolment, Role
from webapp.rubrics.versions import adopt_shipped
from webapp.submissions import claims, services
from webapp.submissions.models import Marking, Submission

PASSWORD = "one-for-the-tests"

MODULE = b"""#include <linux/module.h>
static int __init ring_init(void) { return 0; }
static void __exit ring_exit(void) { }
module_init(ring_init);
module_exit(ring_exit);
MODULE_LICENSE("GPL");
"""


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    with private_redis() as redis:
        yield redis


@dataclass(frozen=True)
class School:
    """Two courses; ``instructor`` teaches the first, ``stranger`` the second."""

    course: Course
    assignment: Assignment
    student: User
    fellow: User
    instructor: User
    stranger: User

    def submit(self, data: bytes = MODULE, student: User | None = None) -> Submission:
        return services.hand_in(
            student or self.student, self.assignment, [Upload("ring.c", data)], timezone.now()
        )

    def graded(self, kind: str = "perfect", data: bytes = MODULE) -> Submission:
        """A submission whose marking has ended with one of the sample reports."""
        submission = self.submit(data)
        finish(submission, kind)
        return submission


def marking_of(submission: Submission) -> Marking:
    """The one that is shown."""
    return Marking.objects.get(submission=submission, is_shown=True)


def finish(submission: Submission, kind: str = "perfect") -> None:
    marking = marking_of(submission)
    now = timezone.now()
    claim = claims.claim(marking.pk, now)
    assert claim is not None
    assert claims.finish(claim, reports.report(kind, submission.seed), now)


def storable(text: str) -> str:
    """PostgreSQL keeps no NUL, and Django's forms let none through; SQLite keeps it."""
    return text.replace("\0", "") if connection.vendor == "postgresql" else text


@functools.cache
def password_hash() -> str:
    """Of everybody's password, made once: hashing is slow on purpose."""
    return make_password(PASSWORD)


def make_school() -> School:
    people = {
        name: User.objects.create(username=name, password=password_hash(), first_name=name.title())
        for name in ("student", "fellow", "instructor", "stranger")
    }
    course = Course.objects.create(slug="asee", title="Operating systems")
    elsewhere = Course.objects.create(slug="elsewhere", title="Another course")
    for name, where, role in (
        ("student", course, Role.STUDENT),
        ("fellow", course, Role.STUDENT),
        ("instructor", course, Role.INSTRUCTOR),
        ("stranger", elsewhere, Role.INSTRUCTOR),
    ):
        Enrolment.objects.create(user=people[name], course=where, role=role)
    now = timezone.now()
    assignment = Assignment.objects.create(
        course=course,
        tp="tp1",
        title="TP1: a circular buffer",
        opens_at=now - dt.timedelta(days=1),
        due_at=now + dt.timedelta(days=1),
    )
    adopt_shipped(assignment, now)
    return School(course=course, assignment=assignment, **people)


def add_tp(school: School, tp: str) -> Assignment:
    """Another TP of the first course, with the rubric that Ringmark ships."""
    assignment = Assignment.objects.create(
        course=school.course,
        tp=tp,
        title=f"{tp.upper()} of the course",
        opens_at=school.assignment.opens_at,
        due_at=school.assignment.due_at,
    )
    adopt_shipped(assignment, assignment.opens_at)
    return assignment


@pytest.fixture
def school(db: None, redis_server: Redis) -> School:
    return make_school()


@pytest.fixture
def shared_school(transactional_db: None, redis_server: Redis) -> School:
    """As ``school``, stored for good, so that other processes and threads see it."""
    return make_school()
