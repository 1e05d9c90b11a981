"""How far regrades are."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Count

from webapp.regrading.control import markings_of
from webapp.regrading.models import Regrade, RegradeItem, RegradeState
from webapp.submissions.estimates import marking_seconds
from webapp.submissions.models import State

#: The pace is that of the last so many.
PACE = 20


@dataclass(frozen=True)
class Progress:
    """Markings of a regrade by state. ``waiting``: queued or held."""

    done: int = 0
    failed: int = 0
    running: int = 0
    waiting: int = 0
    cancelled: int = 0
    applied: int = 0

    @property
    def total(self) -> int:
        return self.done + self.failed + self.running + self.waiting + self.cancelled

    @property
    def is_over(self) -> bool:
        """Nothing more happens by itself."""
        return not (self.running or self.waiting)

    @property
    def stamp(self) -> str:
        """Changes whenever something shown changes."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def progress_of(regrades: Sequence[Regrade]) -> dict[int, Progress]:
    """By the regrades' ids. One query."""
    counts: dict[int, dict[str, int]] = {each.pk: {} for each in regrades}
    rows = (
        RegradeItem.objects.filter(regrade__in=[each.pk for each in regrades])
        .order_by()
        .values_list("regrade", "new__state")
        .annotate(Count("pk"), Count("applied_at"))
    )
    names = {
        State.GRADED: "done",
        State.ERROR: "failed",
        State.RUNNING: "running",
        State.QUEUED: "waiting",
        State.HELD: "waiting",
        State.CANCELLED: "cancelled",
    }
    for regrade, state, number, applied in rows:
        found = counts[regrade]
        name = names[State(state)]
        found[name] = found.get(name, 0) + number
        found["applied"] = found.get("applied", 0) + applied
    return {regrade: Progress(**found) for regrade, found in counts.items()}


def seconds_left(regrade: Regrade, progress: Progress) -> float | None:
    """At the pace of the last ones, which knows of the workers' number and of what came between;
    at the start by the TP's history, for one worker. None: paused, over, or nothing to go by.
    """
    if progress.is_over or regrade.state != RegradeState.RUNNING:
        return None
    each = _pace(regrade) or marking_seconds(regrade.assignment)
    return None if each is None else each * (progress.waiting + progress.running)


def _pace(regrade: Regrade) -> float | None:
    last: list[dt.datetime] = list(
        markings_of(regrade)
        .filter(state=State.GRADED)
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)[:PACE]
    )
    return pace(last)


def pace(finished: Sequence[dt.datetime]) -> float | None:
    """Seconds from one end of a marking to the next, the last first. The longest gap is left out:
    it may be a pause, or a night without workers.
    """
    gaps = sorted((a - b).total_seconds() for a, b in pairwise(finished))
    return sum(gaps[:-1]) / (len(gaps) - 1) if len(gaps) > 1 else None
