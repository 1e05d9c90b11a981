"""Which submissions a regrade takes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from webapp.courses.models import Assignment, Course, Enrolment, Role
from webapp.regrading.models import Which
from webapp.submissions.models import Standing, Submission


@dataclass(frozen=True)
class Choice:
    """``group``: of the practicals, empty for everybody. ``chosen``: ids, for ``Which.CHOSEN``."""

    assignment: Assignment
    which: Which
    group: str = ""
    chosen: tuple[int, ...] = ()


def submissions(choice: Choice) -> QuerySet[Submission]:
    """Those of students who are in the course now, unless they were chosen one by one."""
    found = of_assignment(choice.assignment)
    if choice.which == Which.CHOSEN:
        return found.filter(pk__in=choice.chosen)
    enrolled = Q(
        student__enrolments__course=choice.assignment.course,
        student__enrolments__role=Role.STUDENT,
    )
    if choice.group:
        enrolled &= Q(student__enrolments__group=choice.group)
    found = found.filter(enrolled)
    if choice.which == Which.ALL:
        return found
    # Who has no mark yet has no best attempt: the last one is what needs to be marked.
    counts = "last" if choice.which == Which.LATEST else Coalesce("best", "last")
    standings = Standing.objects.filter(assignment=choice.assignment)
    return found.filter(mark__in=standings.values_list(counts))


def of_assignment(assignment: Assignment) -> QuerySet[Submission]:
    """What has a marking that counts; the oldest first, so that the queue takes them in turn."""
    return Submission.objects.filter(assignment=assignment, mark__isnull=False).order_by("pk")


def searched(assignment: Assignment, words: str) -> QuerySet[Submission]:
    """Whose student's names have all these words, by name; of each the latest attempt first."""
    found = of_assignment(assignment).select_related("student", "mark__marking")
    for word in words.split():
        found = found.filter(
            Q(student__username__icontains=word)
            | Q(student__first_name__icontains=word)
            | Q(student__last_name__icontains=word)
        )
    return found.order_by(
        "student__last_name", "student__first_name", "student__username", "-attempt"
    )


def groups_of(course: Course) -> list[str]:
    """The groups that somebody is in."""
    students = Enrolment.objects.filter(course=course, role=Role.STUDENT).exclude(group="")
    return sorted(set(students.values_list("group", flat=True)))
