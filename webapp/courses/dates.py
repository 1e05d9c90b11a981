"""A TP's dates for one student, and what being late costs."""

from __future__ import annotations

import datetime as dt
import math
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

    @property
    def closes_at(self) -> dt.datetime:
        """The last moment at which an attempt is taken."""
        return self.due_at + self.late_days * DAY

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


def dates_of(assignment: Assignment, student: User | None = None) -> Dates:
    """One query, for the extension; none without a student."""
    extension = None
    if student is not None:
        extension = Extension.objects.filter(assignment=assignment, student=student).first()
    return dates_with(assignment, extension)


def dates_with(assignment: Assignment, extension: Extension | None) -> Dates:
    """No query: ``extension`` is the student's, if there is one."""
    return Dates(
        opens_at=assignment.opens_at,
        due_at=extension.due_at if extension else assignment.due_at,
        late_days=assignment.late_days,
        extended=extension is not None,
    )
