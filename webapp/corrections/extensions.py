"""Another date for one student. What they handed in late meanwhile is counted anew."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.corrections.points import Refused
from webapp.courses.models import Assignment, Extension
from webapp.courses.services import students_of
from webapp.submissions.settling import settle_dates

MOST_FOUND = 20


def extensions_of(assignment: Assignment) -> QuerySet[Extension]:
    """Those in force, by the student's name."""
    return (
        Extension.objects.filter(assignment=assignment)
        .select_related("student", "author")
        .order_by("student__last_name", "student__first_name", "student__username")
    )


def find_students(assignment: Assignment, words: str) -> list[User]:
    """At most MOST_FOUND students of the course in whose names every word is."""
    found = students_of(assignment.course)
    for word in words.split():
        found = found.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
        )
    return list(found[:MOST_FOUND]) if words.strip() else []


def student_in(assignment: Assignment, student_id: int) -> User:
    """Raises Http404 for somebody who is no student of the course."""
    student = students_of(assignment.course).filter(pk=student_id).first()
    if student is None:
        raise Http404
    return student


def extend(
    assignment: Assignment, student: User, due_at: dt.datetime, reason: str, by: User,
    now: dt.datetime,
) -> Extension:  # fmt: skip
    """Grant an extension, or change the one that there is.

    Raises:
        Refused: no later than the TP's own date.
    """
    with transaction.atomic():
        assignment = _locked(assignment)
        if due_at <= assignment.due_at:
            own = timezone.localtime(assignment.due_at)
            raise Refused(
                gettext("Everybody has until %s: an extension has to be later.")
                % f"{own:%Y-%m-%d %H:%M}",
                "due_at",
            )
        former = Extension.objects.filter(assignment=assignment, student=student).first()
        made, _ = Extension.objects.update_or_create(
            assignment=assignment, student=student,
            defaults={"due_at": due_at, "reason": reason, "author": by, "created_at": now},
        )  # fmt: skip
        settle_dates(assignment, student)
        record(
            by, Action.EXTENDED, _target(assignment, student), now,
            course_id=assignment.course_id, url=_url(assignment), reason=reason,
            old={"due": _date(former.due_at if former else assignment.due_at)},
            new={"due": _date(due_at)},
        )  # fmt: skip
    return made


def withdraw_extension(
    assignment: Assignment, student_id: int, by: User, now: dt.datetime
) -> Extension | None:
    """The TP's own date holds again. None: there is none any more."""
    with transaction.atomic():
        assignment = _locked(assignment)
        former = extensions_of(assignment).filter(student_id=student_id).first()
        if former is None:
            return None
        Extension.objects.filter(pk=former.pk).delete()
        settle_dates(assignment, former.student)
        record(
            by, Action.EXTENSION_WITHDRAWN, _target(assignment, former.student), now,
            course_id=assignment.course_id, url=_url(assignment),
            old={
                "due": _date(former.due_at), "reason": former.reason, "by": str(former.author),
            },
            new={"due": _date(assignment.due_at)},
        )  # fmt: skip
    return former


def _locked(assignment: Assignment) -> Assignment:
    """One change of a TP's dates at a time, and those that are stored now."""
    return Assignment.objects.select_for_update().get(pk=assignment.pk)


def _target(assignment: Assignment, student: User) -> str:
    return f"{student}, {assignment.tp}"


def _url(assignment: Assignment) -> str:
    return reverse("extensions", args=[assignment.course.slug, assignment.tp])


def _date(at: dt.datetime) -> str:
    return timezone.localtime(at).isoformat(sep=" ", timespec="minutes")
