"""What was handed in; never changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from webapp.audit.immutable import Immutable
from webapp.courses.models import Assignment


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
        indexes: ClassVar = [models.Index(fields=["sha256"])]

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
