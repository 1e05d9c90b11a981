"""What decides a result: the same work gives the same mark.

With seeds drawn per source (setting ``RINGMARK_SEEDS``) equal files of two students are equal work,
and get the same mark by construction.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.db.models import Q

from webapp.courses.models import Assignment
from webapp.submissions.models import Marking, State

PER_SOURCE = "source"
SEED_BITS = 31


def seed_for(assignment: Assignment, sha256: str, attribute: str) -> int:
    """What the payloads of a submission are drawn from. Nobody who hands in can foresee it."""
    if settings.RINGMARK_SEEDS != PER_SOURCE:
        return secrets.randbits(SEED_BITS)
    text = f"seed {assignment.pk} {sha256} {attribute}".encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), text, hashlib.sha256)
    return int.from_bytes(digest[:4], "big") >> (32 - SEED_BITS)


@dataclass(frozen=True)
class Work:
    """What decides a result, but for who does it."""

    rubric: int
    sha256: str
    seed: int
    attribute: str

    @classmethod
    def of(cls, marking: Marking) -> Self | None:
        """None: it is to be done whatever there is. Proofs try the platform, so they always are."""
        submission = marking.submission
        if submission is None:
            return None
        return cls(marking.rubric_id, submission.sha256, submission.seed, submission.attribute)

    @property
    def same(self) -> Q:
        return Q(
            rubric=self.rubric,
            submission__sha256=self.sha256,
            submission__seed=self.seed,
            submission__attribute=self.attribute,
        )


def being_done() -> Q:
    """Equal to something that a worker has in hand: it will have that result in a moment."""
    equal = Q(pk__in=())
    running = Marking.objects.filter(state=State.RUNNING, submission__isnull=False)
    for marking in running.select_related("submission"):
        work = Work.of(marking)
        if work is not None:
            equal |= work.same
    return equal & Q(afresh=False)
