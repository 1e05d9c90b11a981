"""A TP's dates for one student, and what being late costs."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext

from webapp.accounts.models import User
from webapp.courses.models import Assignment, Extension

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Dates:
    """``due_at``: the student's own, if it was extended."""

    opens_at: dt.datetime
    due_at: dt.datetime
    late_days: int
    extended: bool = False
    late_points_per_day: float = 0

    @property
    def closes_at(self) -> dt.datetime:
        """The last moment at which an attempt is taken."""
        return self.due_at + self.late_days * DAY

    @property
    def most_late_points(self) -> float:
        """What the latest attempt that is taken loses."""
        return self.late_days * self.late_points_per_day

    def is_open(self, now: dt.datetime) -> bool:
        return self.opens_at <= now <= self.closes_at

    def closed_because(self, now: dt.datetime) -> str:
        """Why nothing can be handed in now, for a person; empty while it is open."""
        if now < self.opens_at:
            return gettext("This TP is not open yet.")
        if now > self.closes_at:
            return gettext("This TP was due and is closed.")
        return ""

    def days_late(self, at: dt.datetime) -> int:
        """Days begun since it was due; 0 in time."""
        return max(0, math.ceil((at - self.due_at) / DAY))

    def points_lost(self, at: dt.datetime) -> float:
        """What an attempt of that moment loses, if it has so much."""
        return self.days_late(at) * self.late_points_per_day


def dates_of(assignment: Assignment, student: User | None = None) -> Dates:
    """One query, for the extension; none without a student."""
    extension = None
    if student is not None:
        extension = Extension.objects.filter(assignment=assignment, student=student).first()
    return dates_with(assignment, extension)


def dates_of_many(
    assignment: Assignment, student_ids: Collection[int] | None = None
) -> dict[int | None, Dates]:
    """Of every student with a date of their own, or of those named; ``None``: everybody else's."""
    extensions = Extension.objects.filter(assignment=assignment)
    if student_ids is not None:
        extensions = extensions.filter(student__in=student_ids)
    own: dict[int | None, Dates] = {
        each.student_id: dates_with(assignment, each) for each in extensions
    }
    return {None: dates_with(assignment, None), **own}


def dates_with(assignment: Assignment, extension: Extension | None) -> Dates:
    """No query: ``extension`` is the student's, if there is one. It takes no time away, also where
    the TP was moved behind it since.
    """
    own = extension.due_at if extension else assignment.due_at
    return Dates(
        opens_at=assignment.opens_at,
        due_at=max(own, assignment.due_at),
        late_days=assignment.late_days,
        extended=own > assignment.due_at,
        late_points_per_day=assignment.late_points_per_day,
    )
