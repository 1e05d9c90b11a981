"""What counts: the engine's mark after corrections by hand and the late policy.

``Mark`` and ``Standing`` follow from the other tables; ``marks.settle`` keeps them right. They are
there so that a gradebook of a thousand students is read in a few queries.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.courses.models import Assignment
from webapp.submissions.models.handed_in import Submission
from webapp.submissions.models.queue import Marking


class CorrectionKind(models.TextChoices):
    POINTS = "points", _("points set by hand")
    ANNULLED = "annulled", _("annulled: the platform's fault")


class Correction(models.Model):
    """An instructor's word on one criterion of a submission.

    ``POINTS`` holds whatever the engine says, now and after a regrade. ``ANNULLED`` takes one
    marking's verdict away: the criterion costs nothing until another marking decides it.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="corrections")
    criterion = models.CharField(_("criterion"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16, choices=CorrectionKind)
    points = models.FloatField(_("points"), null=True, blank=True)
    marking = models.ForeignKey(
        Marking, on_delete=models.PROTECT, related_name="corrections", null=True, blank=True
    )
    reason = models.TextField(_("reason"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("made"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission", "criterion"], condition=models.Q(withdrawn_at=None),
                name="one_correction_in_force_per_criterion",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.submission}, {self.criterion}: {self.get_kind_display()}"


class LineComment(models.Model):
    """An instructor's word at a line of a file."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="comments")
    path = models.CharField(max_length=255)
    line = models.PositiveIntegerField()
    text = models.TextField(_("comment"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["path", "line", "id"]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Mark(models.Model):
    """What a submission is worth. ``score`` None: not marked yet, or withheld."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="mark")
    marking = models.ForeignKey(Marking, on_delete=models.PROTECT, related_name="+")
    engine_score = models.FloatField(null=True)
    corrected_score = models.FloatField(null=True, help_text=_("before the late policy"))
    late_days = models.PositiveIntegerField(default=0)
    late_points = models.FloatField(default=0, help_text=_("taken for being late"))
    score = models.FloatField(null=True)
    max_score = models.FloatField(null=True)

    @property
    def is_corrected(self) -> bool:
        """By hand, to something else than the engine's mark."""
        if self.corrected_score is None:
            return False
        return self.engine_score is None or abs(self.corrected_score - self.engine_score) > 1e-6

    def __str__(self) -> str:
        return f"{self.submission}: {self.score}/{self.max_score}"


class Standing(models.Model):
    """A student in a TP: how often tried, the last attempt and the best."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="standings"
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="standings")
    attempts = models.PositiveIntegerField(default=0)
    last = models.ForeignKey(
        Mark, on_delete=models.SET_NULL, null=True, related_name="+", help_text=_("last attempt")
    )
    best = models.ForeignKey(
        Mark, on_delete=models.SET_NULL, null=True, related_name="+", help_text=_("best attempt")
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["student", "assignment"], name="one_standing_per_student_and_tp"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["assignment", "student"])]

    def __str__(self) -> str:
        return f"{self.student}, {self.assignment.tp}"
