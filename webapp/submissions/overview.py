"""A course at a glance, as a student or an instructor sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from webapp.courses.dates import Dates, dates_of, dates_with
from webapp.courses.models import Assignment, Course, Enrolment, Extension, Role
from webapp.courses.services import Seat
from webapp.submissions.models import Mark, Marking, Standing, State


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
    return course_overviews([seat], now)[0]


def course_overviews(seats: list[Seat], now: dt.datetime) -> list[CourseOverview]:
    """Of all the courses of one person, by the same few queries however many they are."""
    taught = [seat.course for seat in seats if seat.is_instructor]
    attended = [seat for seat in seats if not seat.is_instructor]
    assignments: dict[int, list[Assignment]] = {}
    for each in Assignment.objects.filter(course__in=[seat.course for seat in seats]):
        assignments.setdefault(each.course_id, []).append(each)
    lines = _Taught(taught) if taught else None
    own = _Own(attended) if attended else None
    found = []
    for seat in seats:
        for each in (given := assignments.get(seat.course.pk, [])):
            each.course = seat.course
        make = lines.line if lines and seat.is_instructor else own.line if own else None
        found.append(
            CourseOverview(
                seat=seat,
                lines=tuple(make(each, now) for each in given) if make else (),
                students=lines.students.get(seat.course.pk, 0) if lines else 0,
            )
        )
    return found


def _line(assignment: Assignment, dates: Dates, now: dt.datetime, **known: Any) -> AssignmentLine:
    return AssignmentLine(
        assignment=assignment,
        dates=dates,
        is_open=dates.is_open(now),
        is_over=now > dates.closes_at,
        is_late=dates.due_at < now <= dates.closes_at,
        **known,
    )


class _Own:
    """A student's standings and own dates in some courses."""

    def __init__(self, seats: list[Seat]) -> None:
        courses = [seat.course for seat in seats]
        of_student = {"student": seats[0].user, "assignment__course__in": courses}
        standings = Standing.objects.filter(**of_student).select_related(
            "last__marking", "last__submission", "best__marking"
        )
        self._standings = {each.assignment_id: each for each in standings}
        self._extensions = {
            each.assignment_id: each for each in Extension.objects.filter(**of_student)
        }

    def line(self, assignment: Assignment, now: dt.datetime) -> AssignmentLine:
        standing = self._standings.get(assignment.pk)
        dates = dates_with(assignment, self._extensions.get(assignment.pk))
        if standing is None:
            return _line(assignment, dates, now)
        return _line(
            assignment,
            dates,
            now,
            attempts=standing.attempts,
            last=standing.last,
            best=standing.best,
        )


class _Taught:
    """How the classes of some courses stand, counted by TP."""

    def __init__(self, courses: list[Course]) -> None:
        enrolled = Enrolment.objects.filter(course__in=courses, role=Role.STUDENT)
        counts = enrolled.order_by().values("course").annotate(n=Count("pk"))
        self.students = {row["course"]: row["n"] for row in counts}
        standings = Standing.objects.filter(assignment__course__in=courses)
        self._handed_in = {
            row["assignment"]: row
            for row in standings.values("assignment").annotate(
                people=Count("pk"), attempts=Sum("attempts")
            )
        }
        # Few are in these states, and there is an index on it: the marked ones are not looked at.
        unfinished = Marking.objects.filter(
            state__in=[State.QUEUED, State.RUNNING, State.ERROR],
            is_shown=True,
            submission__assignment__course__in=courses,
        )
        self._states = {
            row["submission__assignment"]: row
            for row in unfinished.order_by()
            .values("submission__assignment")
            .annotate(
                waiting=Count("pk", filter=~Q(state=State.ERROR)),
                # Not those that were decided by hand.
                withheld=Count("pk", filter=Q(state=State.ERROR, submission__mark__score=None)),
            )
        }

    def line(self, assignment: Assignment, now: dt.datetime) -> AssignmentLine:
        handed_in = self._handed_in.get(assignment.pk, {"people": 0, "attempts": 0})
        states = self._states.get(assignment.pk, {"waiting": 0, "withheld": 0})
        return _line(
            assignment,
            dates_of(assignment),
            now,
            attempts=handed_in["attempts"],
            people=handed_in["people"],
            waiting=states["waiting"],
            withheld=states["withheld"],
        )
