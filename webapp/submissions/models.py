"""What was handed in (never changed) and its marking (which moves from queued to graded).

The queue's truth is here, not in Redis: a message there only says "look at this row". See
``claims.py`` for who may work on a marking, ``dispatch.py`` for the messages.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from webapp.courses.models import Assignment


class Unchangeable(TypeError):
    """Code tried to change what a student handed in."""


class Immutable(models.Model):
    """Rows that are written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Unchangeable(f"{self._meta.verbose_name} {self.pk} is stored and never changed")
        super().save(*args, **kwargs)


class Submission(Immutable):
    """What a student handed in, and the seed that its payloads are drawn from."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions"
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    attempt = models.PositiveIntegerField(_("attempt"))
    sha256 = models.CharField(max_length=64)
    seed = models.BigIntegerField()
    attribute = models.CharField(
        _("interrupt attribute"), max_length=64, blank=True, help_text=_("as the student names it")
    )
    created_at = models.DateTimeField(_("handed in"))
    upload_names = models.JSONField(_("uploaded as"), default=list)
    ignored_names = models.JSONField(_("not used"), default=list)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["student", "assignment", "attempt"], name="attempts_are_numbered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student}, {self.assignment.tp}, attempt {self.attempt}"

    def get_absolute_url(self) -> str:
        return reverse("submission", args=[self.pk])


class SourceFile(Immutable):
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=255)
    data = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "path"], name="one_file_per_path")
        ]

    def __str__(self) -> str:
        return self.path


class State(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("being marked")
    GRADED = "graded", _("marked")
    ERROR = "error", _("withheld")


class Marking(models.Model):
    """One submission against one rubric version. ``owner`` and ``lease_until`` are the claim."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="markings")
    rubric_version = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)

    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True, help_text=_("told to the queue"))
    not_before = models.DateTimeField(null=True, blank=True, help_text=_("waits after a fault"))
    owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_fault = models.TextField(blank=True, help_text=_("for instructors"))

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
                fields=["submission", "rubric_version"], name="one_marking_per_rubric_version"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "queued_at"])]

    def __str__(self) -> str:
        return f"{self.submission}, rubric {self.rubric_version}: {self.state}"

    @property
    def is_final(self) -> bool:
        return self.state in {State.GRADED, State.ERROR}

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
