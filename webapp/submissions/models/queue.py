"""A marking, which moves from queued to graded, and what came of it.

The queue's truth is here, not in Redis: a message there only says "there is something to mark".
See ``claims.py`` for who may work on a marking, ``dispatch.py`` for the messages.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.rubrics.models import KnownModule, RubricVersion
from webapp.submissions.models.handed_in import Submission


class State(models.TextChoices):
    QUEUED = "queued", _("waiting")
    HELD = "held", _("paused")
    RUNNING = "running", _("being marked")
    GRADED = "graded", _("marked")
    ERROR = "error", _("withheld")
    CANCELLED = "cancelled", _("cancelled")


#: Nothing more happens to these by themselves.
FINAL = frozenset({State.GRADED, State.ERROR, State.CANCELLED})


class Priority(models.IntegerChoices):
    """What is marked first: the lowest."""

    FRESH = 0, _("handed in")
    TRY = 1, _("a try")
    PROOF = 2, _("proof of a rubric")
    REGRADE = 3, _("regrade")


class Marking(models.Model):
    """One submission, or one known module, against one rubric version. ``owner`` and
    ``lease_until`` are the claim.

    A submission may have several: ``is_shown`` is the one that counts and that its student sees.
    The others are kept: former ones (``was_shown``), and regrades that are not applied.
    """

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="markings", null=True, blank=True
    )
    known_module = models.ForeignKey(
        KnownModule, on_delete=models.PROTECT, related_name="markings", null=True, blank=True
    )
    rubric = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="markings")
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.FRESH)
    is_shown = models.BooleanField(default=False)
    was_shown = models.BooleanField(default=False, help_text=_("counted once"))
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)

    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("told to the queue"))
    not_before = models.DateTimeField(null=True, blank=True, help_text=_("waits after a fault"))
    owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_fault = models.TextField(blank=True, help_text=_("for instructors"))

    afresh = models.BooleanField(
        default=False, help_text=_("marked even if equal work was marked already")
    )
    engine = models.CharField(
        max_length=64, blank=True, help_text=_("digest of the engine and the images that marked")
    )
    taken_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="handed_on",
        null=True,
        blank=True,
        help_text=_("the marking of equal work whose result this is"),
    )

    checks_total = models.PositiveIntegerField(default=0)
    checks_done = models.PositiveIntegerField(default=0)
    score = models.FloatField(null=True, blank=True)
    max_score = models.FloatField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission"], condition=models.Q(is_shown=True),
                name="one_shown_marking_per_submission",
            ),
            models.CheckConstraint(
                condition=models.Q(submission=None) ^ models.Q(known_module=None),
                name="a_marking_is_of_one_thing",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["state", "priority", "queued_at"])]

    def __str__(self) -> str:
        return f"{self.submission or self.known_module}, {self.rubric}: {self.state}"

    @property
    def subject(self) -> Submission | KnownModule:
        """What is marked."""
        subject = self.submission or self.known_module
        assert subject is not None, "the database's constraint says so"
        return subject

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    def is_interrupted(self, now: dt.datetime) -> bool:
        """Claimed by a worker that stopped giving signs of life."""
        return self.state == State.RUNNING and (self.lease_until is None or self.lease_until < now)


class MarkingReport(models.Model):
    """The report document, apart from the row that lists read: it can be megabytes.

    Text, not JSONField: PostgreSQL's jsonb refuses the NUL characters that modules may print.
    """

    marking = models.OneToOneField(Marking, on_delete=models.CASCADE, related_name="stored_report")
    document = models.TextField()

    def __str__(self) -> str:
        return f"report of {self.marking}"


class CriterionProgress(models.Model):
    """What is known of one criterion while the marking runs. The report replaces it."""

    marking = models.ForeignKey(Marking, on_delete=models.CASCADE, related_name="progress")
    position = models.PositiveIntegerField()
    criterion = models.CharField(max_length=100)
    busy = models.BooleanField(default=False)
    verdict = models.CharField(max_length=16, blank=True)
    points = models.FloatField(default=0)
    max_points = models.FloatField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["marking", "criterion"], name="one_progress_row_per_criterion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.verdict or 'undecided'}"
