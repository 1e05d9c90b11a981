"""A course at a glance, as a student or an instructor sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from webapp.courses.models import Assignment
from webapp.courses.services import Seat, students_of
from webapp.submissions.models import Marking, State, Submission


@dataclass(frozen=True)
class AssignmentLine:
    """For a student ``attempts``, ``last`` and ``best`` are theirs, for an instructor ``people``
    (who handed in), ``waiting`` and ``withheld`` are the class's."""

    assignment: Assignment
    is_open: bool
    is_over: bool
    attempts: int = 0
    last: Marking | None = None
    best: float | None = None
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
    markings = list(
        Marking.objects.filter(
            submission__student=seat.user, submission__assignment=assignment
        ).order_by("-submission__attempt", "-pk")
    )
    graded = [each for each in markings if each.state == State.GRADED]
    scores = [each.score for each in graded if each.score is not None]
    return AssignmentLine(
        assignment=assignment,
        is_open=assignment.is_open(now),
        is_over=now > assignment.due_at,
        attempts=len({each.submission_id for each in markings}),
        last=markings[0] if markings else None,
        best=max(scores, default=None),
    )


def _class_line(seat: Seat, assignment: Assignment, now: dt.datetime) -> AssignmentLine:
    submissions = Submission.objects.filter(assignment=assignment).order_by()
    states = Marking.objects.filter(submission__assignment=assignment).aggregate(
        waiting=Count("pk", filter=Q(state__in=[State.QUEUED, State.RUNNING])),
        withheld=Count("pk", filter=Q(state=State.ERROR)),
    )
    return AssignmentLine(
        assignment=assignment,
        is_open=assignment.is_open(now),
        is_over=now > assignment.due_at,
        attempts=submissions.count(),
        people=submissions.values("student").distinct().count(),
        waiting=states["waiting"],
        withheld=states["withheld"],
    )
