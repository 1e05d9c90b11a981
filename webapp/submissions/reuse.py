"""Equal work is done once: what was marked by the same rubric with the same files, seed and
attribute, by the same engine and images, has that result already. ``Marking.afresh`` asks for it
to be done all the same.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from webapp.submissions import claims
from webapp.submissions.models import Marking, State
from webapp.submissions.work import Work

#: Most waiting ones that a finished marking is handed on to; the others find it themselves.
AT_ONCE = 200


def result_for(marking: Marking, engine: str) -> Marking | None:
    """A finished marking of equal work by that engine; None when it has to be done."""
    work = Work.of(marking)
    if work is None or marking.afresh or not engine:
        return None
    done = Marking.objects.filter(work.same, state=State.GRADED, engine=engine)
    return done.filter(stored_report__isnull=False).order_by("-finished_at").first()


def hand_on(done: Marking, now: dt.datetime) -> int:
    """Give the result to all that wait for equal work; how many that were."""
    work = Work.of(done)
    if work is None or done.state != State.GRADED:
        return 0
    handed = 0
    for waiting in _waiting(work, now).values_list("pk", flat=True)[:AT_ONCE]:
        claim = claims.claim(waiting, now)
        if claim is not None:
            handed += claims.take_over(claim, done, now)
    return handed


def _waiting(work: Work, now: dt.datetime) -> QuerySet[Marking]:
    waiting = Marking.objects.filter(claims.ready(now), work.same, afresh=False)
    return claims.in_order(waiting)
