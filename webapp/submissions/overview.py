"""A course at a glance, as a student or an instructor sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from webapp.courses.dates import Dates, dates_of
from webapp.courses.models import Assignment
from webapp.courses.services import Seat, students_of
from webapp.submissions.models import Mark, Marking, Standing, State, Submission


@dataclass(frozen=True)
class AssignmentLine:
    """For a student ``attempts``, ``last`` and ``best`` are theirs, for an instructor ``people``
    (who handed in), ``waiting`` and ``withheld`` are the class's."""

    assignment: Assignment
    dates: Dates
    is_open: bool
    is_over: bool
    is_late: bool
    attempts: int = 0
    last: Mark | None = None
    best: Mark | None = None
    people: int = 0
    waiting: int = 0
    withheld: int = 0


@dataclass(frozen=True)
class CourseOverview:
    seat: Seat
    lines: tuple[AssignmentLine, ...]
    students: int


def course_overview(seat: Seat, now: dt.datetime) -> CourseOverview:
    assignments = list(seat.course.assignments.all())
    make = _class_line if seat.is_instructor else _own_line
    return CourseOverview(
        seat=seat,
        lines=tuple(make(seat, assignment, now) for assignment in assignments),
        students=students_of(seat.course).count() if seat.is_instructor else 0,
    )


def _own_line(seat: Seat, assignment: Assignment, now: dt.datetime) -> AssignmentLine:
    standing = (
        Standing.objects.filter(student=seat.user, assignment=assignment)
        .select_related("last__marking", "last__submission", "best__marking")
        .first()
    )
    dates = dates_of(assignment, seat.user)
    return AssignmentLine(
        assignment=assignment,
        dates=dates,
        is_open=dates.is_open(now),
        is_over=now > dates.closes_at,
        is_late=dates.due_at < now <= dates.closes_at,
        attempts=standing.attempts if standing else 0,
        last=standing.last if standing else None,
        best=standing.best if standing else None,
    )


def _class_line(seat: Seat, assignment: Assignment, now: dt.datetime) -> AssignmentLine:
    dates = dates_of(assignment)
    submissions = Submission.objects.filter(assignment=assignment).order_by()
    shown = Marking.objects.filter(submission__assignment=assignment, is_shown=True)
    states = shown.aggregate(
        waiting=Count("pk", filter=Q(state__in=[State.QUEUED, State.RUNNING])),
        # Not those that were decided by hand.
        withheld=Count("pk", filter=Q(state=State.ERROR, submission__mark__score=None)),
    )
    return AssignmentLine(
        assignment=assignment,
        dates=dates,
        is_open=dates.is_open(now),
        is_over=now > dates.closes_at,
        is_late=dates.due_at < now <= dates.closes_at,
        attempts=submissions.count(),
        people=submissions.values("student").distinct().count(),
        waiting=states["waiting"],
        withheld=states["withheld"],
    )
