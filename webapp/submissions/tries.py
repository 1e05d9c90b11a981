"""Tries: marked like an attempt, shown like an attempt, and never counting.

A try has no :class:`Mark`, so nothing that is made of marks (standings, gradebook, files, class
figures, regrades, what being late costs) knows of it. Handing one in makes an attempt of the same
files, and the marking moves over to it, wherever it is between waiting and marked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from webapp.accounts.models import User
from webapp.courses.dates import dates_of
from webapp.courses.models import Assignment, Counts
from webapp.rubrics.versions import NoRubric, current_version
from webapp.submissions import marks, services
from webapp.submissions.models import (
    LineComment,
    Mark,
    Marking,
    Priority,
    SourceFile,
    Standing,
    State,
    Submission,
)

#: What an attempt takes over from its try.
_SAME = ("sha256", "seed", "attribute", "upload_names", "ignored_names")


def hand_in(tried: Submission, now: dt.datetime) -> Submission:
    """Make an attempt of a try: handed in now, under the rules of now. A second press gives the
    attempt that the first one made.

    It is marked anew only if another rubric version was published since.

    Raises:
        Closed: outside the TP's dates.
        NoRubric: the TP has no published rubric.
    """
    student, assignment = tried.student, tried.assignment
    with transaction.atomic():
        last = services.numbered(student, assignment)
        made = Submission.objects.filter(tried_as=tried).first()
        if made is not None:
            return made
        version = services.version_to_mark_with(student, assignment, now)
        made = Submission.objects.create(
            student=student, assignment=assignment, attempt=(last.attempt if last else 0) + 1,
            tried_as=tried, created_at=now, **{name: getattr(tried, name) for name in _SAME},
        )  # fmt: skip
        SourceFile.objects.bulk_create(
            SourceFile(submission=made, position=file.position, path=file.path, data=file.data)
            for file in tried.files.all()
        )
        LineComment.objects.filter(submission=tried).update(submission=made)
        # One statement: a worker that has it names the marking, not what it is of.
        moved = Marking.objects.filter(submission=tried, is_shown=True, rubric=version).update(
            submission=made, priority=Priority.FRESH
        )
        if not moved:
            services.queue_marking(made, version, now)
        marks.settle(made)
    return made


def tries_of(student: User, *assignments: Assignment) -> list[Mark]:
    """Those not handed in, the newest first, as marks that are stored nowhere. One query."""
    markings = Marking.objects.filter(
        submission__student=student,
        submission__assignment__in=assignments,
        submission__is_try=True,
        submission__handed_in=None,
        is_shown=True,
    )
    found = markings.select_related("submission", "rubric").order_by("-submission__attempt")
    return [mark_of(each) for each in found]


def mark_of(marking: Marking) -> Mark:
    """What the try would be worth in time. Not stored: it counts for nothing."""
    score = marking.score if marking.state == State.GRADED else None
    return Mark(
        submission=marking.submission, marking=marking, max_score=marking.max_score,
        engine_score=score, corrected_score=score, score=score,
    )  # fmt: skip


def with_tries(attempts: list[Mark], tries: list[Mark]) -> list[Mark]:
    """Together, the newest first."""
    return sorted(
        [*attempts, *tries], reverse=True,
        key=lambda mark: (mark.submission.created_at, mark.submission.pk),
    )  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """Whether a try can be handed in now, and what that would mean. ``counting``: what counts now.
    ``marked_anew``: another rubric version was published since.
    """

    closed_because: str
    late_days: int
    points_lost: float
    marked_anew: bool
    counting: Mark | None


def offer(tried: Submission, now: dt.datetime) -> Offer:
    student, assignment = tried.student, tried.assignment
    dates = dates_of(assignment, student)
    closed = dates.closed_because(now)
    anew = False
    try:
        version = current_version(assignment)
        anew = not tried.markings.filter(is_shown=True, rubric=version).exists()
    except NoRubric as why:
        closed = closed or str(why)
    standing = (
        Standing.objects.filter(student=student, assignment=assignment)
        .select_related("best__submission", "last__submission")
        .first()
    )
    best = assignment.counts == Counts.BEST
    return Offer(
        closed_because=closed,
        late_days=dates.days_late(now),
        points_lost=dates.points_lost(now),
        marked_anew=anew,
        counting=(standing.best if best else standing.last) if standing else None,
    )
