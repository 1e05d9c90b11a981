"""A course to try things with: two logins and every TP, open. Run again, it changes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from grader.rubric import Rubric, load_rubric, shipped_rubrics
from webapp.accounts.models import User
from webapp.courses.models import Assignment, Course, Enrolment, Role


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
    for rubric in (load_rubric(tp) for tp in shipped_rubrics()):
        _open(rubric, course, now)
    return LOGINS


def _open(rubric: Rubric, course: Course, now: dt.datetime) -> None:
    """The assignment of a rubric, at the rubric's version."""
    assignment, _ = Assignment.objects.get_or_create(
        course=course,
        tp=rubric.tp,
        defaults={
            "title": rubric.title.get("en"),
            "opens_at": now - dt.timedelta(days=1),
            "due_at": now + dt.timedelta(days=365),
            "rubric_version": str(rubric.version),
            "max_score": rubric.max_score,
        },
    )
    if assignment.rubric_version != str(rubric.version):
        assignment.rubric_version = str(rubric.version)
        assignment.save()
