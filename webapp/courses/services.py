"""Who may see what of a course. Every view asks here; what is not theirs does not exist (404)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from webapp.accounts.models import User
from webapp.courses.models import Assignment, Course, Enrolment, Role


@dataclass(frozen=True)
class Seat:
    """A person's place in a course."""

    user: User
    course: Course
    role: Role

    @property
    def is_instructor(self) -> bool:
        return self.role == Role.INSTRUCTOR


def seats(user: User) -> list[Seat]:
    """All courses of a person, by title."""
    enrolments = Enrolment.objects.filter(user=user).select_related("course")
    return [
        Seat(user, enrolment.course, Role(enrolment.role))
        for enrolment in enrolments.order_by("course__title")
    ]


def seat_in(user: User, course_slug: str) -> Seat:
    """Raises Http404 when there is no such course or the person is not in it."""
    enrolment = (
        Enrolment.objects.filter(user=user, course__slug=course_slug)
        .select_related("course")
        .first()
    )
    if enrolment is None:
        raise Http404
    return Seat(user, enrolment.course, Role(enrolment.role))


def instructor_seat(user: User, course_slug: str) -> Seat:
    """As :func:`seat_in`, for instructors only."""
    seat = seat_in(user, course_slug)
    if not seat.is_instructor:
        raise Http404
    return seat


def teaches(user: User, course: Course) -> bool:
    return Enrolment.objects.filter(user=user, course=course, role=Role.INSTRUCTOR).exists()


def assignment_of(seat: Seat, tp: str) -> Assignment:
    """Raises Http404 when the course sets no such TP."""
    assignment = Assignment.objects.filter(course=seat.course, tp=tp).first()
    if assignment is None:
        raise Http404
    assignment.course = seat.course
    return assignment


def students_of(course: Course) -> QuerySet[User]:
    return User.objects.filter(enrolments__course=course, enrolments__role=Role.STUDENT).order_by(
        "last_name", "first_name", "username"
    )
