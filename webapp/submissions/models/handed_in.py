"""What was handed in; never changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.audit.immutable import Immutable
from webapp.courses.models import Assignment


class Submission(Immutable):
    """What a student handed in, and the seed that its payloads are drawn from.

    A **try** is marked like an attempt and never counts: it has no :class:`Mark`, and everything
    that counts is made of marks. Tries and attempts are numbered apart. Handing in a try makes an
    attempt of the same files, with ``tried_as``; the marking moves over to it.
    """

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions"
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    attempt = models.PositiveIntegerField(_("attempt"))
    is_try = models.BooleanField(_("a try"), default=False, help_text=_("never counts"))
    tried_as = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="handed_in",
        help_text=_("the try that was handed in"),
    )  # fmt: skip
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
                fields=["student", "assignment", "is_try", "attempt"],
                name="attempts_and_tries_are_numbered_once",
            ),
            models.CheckConstraint(
                condition=models.Q(is_try=False) | models.Q(tried_as=None),
                name="a_try_comes_of_no_try",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["sha256"])]

    def __str__(self) -> str:
        kind = "try" if self.is_try else "attempt"
        return f"{self.student}, {self.assignment.tp}, {kind} {self.attempt}"

    @property
    def label(self) -> str:
        """Its name as a heading or a link."""
        text = gettext("Try %(n)d") if self.is_try else gettext("Attempt %(n)d")
        return text % {"n": self.attempt}

    @property
    def name(self) -> str:
        """The same inside a sentence."""
        text = gettext("try %(n)d") if self.is_try else gettext("attempt %(n)d")
        return text % {"n": self.attempt}

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
