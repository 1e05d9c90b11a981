"""A batch of submissions marked again, and what would change."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from webapp.courses.models import Assignment
from webapp.rubrics.models import RubricVersion
from webapp.submissions.models import Marking, Submission


class Which(models.TextChoices):
    """Which of each student's attempts."""

    LATEST = "latest", _("the latest")
    BEST = "best", _("the best")
    ALL = "all", _("all")
    CHOSEN = "chosen", _("chosen ones")


class RegradeState(models.TextChoices):
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    CANCELLED = "cancelled", _("cancelled")


class Regrade(models.Model):
    """What was asked for. How far it is, follows from its items' new markings.

    Nothing that a student sees changes before an item is applied.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="regrades")
    rubric = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="regrades")
    which = models.CharField(_("which attempts"), max_length=8, choices=Which)
    group = models.CharField(_("group"), max_length=40, blank=True)
    afresh = models.BooleanField(_("marked even if equal work was marked already"), default=False)
    note = models.CharField(_("why"), max_length=300)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("started"))
    state = models.CharField(max_length=16, choices=RegradeState, default=RegradeState.RUNNING)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.assignment.tp}, regrade {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("regrade", args=[self.assignment.course.slug, self.assignment.tp, self.pk])


class RegradeItem(models.Model):
    """One submission of a batch. ``old``: what was shown when it was applied, before that what
    was shown when it was asked for. ``applied_at`` None: not applied.
    """

    regrade = models.ForeignKey(Regrade, on_delete=models.PROTECT, related_name="items")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="regrades")
    old = models.ForeignKey(Marking, on_delete=models.PROTECT, related_name="+")
    new = models.OneToOneField(Marking, on_delete=models.PROTECT, related_name="regrade_item")
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["regrade", "submission"], name="a_regrade_takes_a_submission_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.regrade}: {self.submission}"
