"""A course to try things with: two logins and every TP, open. Run again, it changes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from grader.rubric import load_rubric, shipped_rubrics
from webapp.accounts.models import User
from webapp.courses.models import Assignment, Course, Enrolment, Role
from webapp.rubrics.known import adopt_known
from webapp.rubrics.versions import adopt_shipped


@dataclass(frozen=True)
class DemoLogin:
    username: str
    password: str
    first_name: str
    last_name: str
    role: Role


LOGINS = (
    DemoLogin("student", "ring-buffer", "Sacha", "Student", Role.STUDENT),
    DemoLogin("instructor", "module-loader", "Inès", "Instructor", Role.INSTRUCTOR),
)


@transaction.atomic
def make_demo(now: dt.datetime) -> tuple[DemoLogin, ...]:
    """Course ``asee`` with its TPs open for a year, and its people. Existing passwords are kept."""
    course, _ = Course.objects.get_or_create(
        slug="asee", defaults={"title": "Advanced operating systems (demo)"}
    )
    for login in LOGINS:
        user, is_new = User.objects.get_or_create(
            username=login.username,
            defaults={"first_name": login.first_name, "last_name": login.last_name},
        )
        if is_new:
            user.set_password(login.password)
            user.save()
        Enrolment.objects.get_or_create(user=user, course=course, defaults={"role": login.role})
    for tp in shipped_rubrics():
        _open(tp, course, now)
    return LOGINS


def _open(tp: str, course: Course, now: dt.datetime) -> None:
    """The assignment of a TP, with the rubric and the known modules that Ringmark ships."""
    assignment, _ = Assignment.objects.get_or_create(
        course=course,
        tp=tp,
        defaults={
            "title": load_rubric(tp).title.get("en"),
            "opens_at": now - dt.timedelta(days=1),
            "due_at": now + dt.timedelta(days=365),
        },
    )
    adopt_shipped(assignment, now)
    adopt_known(assignment, now)
