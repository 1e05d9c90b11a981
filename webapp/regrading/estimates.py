"""How much work a regrade is, before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from webapp.regrading import choosing
from webapp.regrading.choosing import Choice
from webapp.submissions.estimates import marking_seconds
from webapp.submissions.models import Marking, Priority, State


@dataclass(frozen=True)
class Estimate:
    """``seconds_each``: what a marking of this TP took lately, in the middle; None: never measured.
    ``fresh``: what was handed in and waits, ``others``: proofs and other regrades that wait.
    ``being_marked``: of those taken, how many have no mark yet.
    """

    submissions: int
    students: int
    being_marked: int
    seconds_each: float | None
    fresh: int
    others: int

    @property
    def seconds(self) -> float | None:
        """With one worker."""
        return None if self.seconds_each is None else self.seconds_each * self.submissions


def estimate(choice: Choice) -> Estimate:
    underway = Q(mark__marking__state__in=[State.QUEUED, State.RUNNING])
    size = (
        choosing.submissions(choice)
        .order_by()
        .aggregate(
            submissions=Count("pk"),
            students=Count("student", distinct=True),
            being_marked=Count("pk", filter=underway),
        )
    )
    waiting = dict(
        Marking.objects.filter(state=State.QUEUED)
        .order_by()
        .values_list("priority")
        .annotate(Count("pk"))
    )
    # A try is marked before proofs and regrades as well.
    fresh = waiting.pop(Priority.FRESH, 0) + waiting.pop(Priority.TRY, 0)
    return Estimate(
        **size,
        seconds_each=marking_seconds(choice.assignment),
        fresh=fresh,
        others=sum(waiting.values()),
    )
