"""How long a marking takes and a waiting one will wait, from what was measured lately."""

from __future__ import annotations

import datetime as dt
import statistics

from webapp.courses.models import Assignment
from webapp.submissions.models import Marking, State
from webapp.submissions.services import ahead_of

#: Markings that are looked at, the latest.
SAMPLE = 20


def marking_seconds(assignment: Assignment | None = None) -> float | None:
    """Median seconds of the latest markings, of one TP or of all; None without any."""
    done = Marking.objects.filter(
        state=State.GRADED, started_at__isnull=False, finished_at__isnull=False, taken_from=None
    )
    if assignment is not None:
        done = done.filter(rubric__assignment=assignment)
    times = done.order_by("-finished_at").values_list("started_at", "finished_at")[:SAMPLE]
    took = [(end - start).total_seconds() for start, end in times]
    return statistics.median(took) if took else None


def waits_for(marking: Marking, ahead: int | None = None) -> dt.timedelta | None:
    """Until its mark is there, if those that are marked now are all who mark; None: not known.

    ``ahead``: what :func:`ahead_of` said, if it was asked already.
    """
    seconds = marking_seconds(marking.rubric.assignment) or marking_seconds()
    if seconds is None:
        return None
    before = ahead_of(marking) if ahead is None else ahead
    workers = max(1, Marking.objects.filter(state=State.RUNNING).count())
    return dt.timedelta(seconds=seconds * (1 + before / workers))
