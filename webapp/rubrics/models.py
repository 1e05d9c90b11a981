"""Rubrics by version, the draft that is being written, and the known modules of a TP."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from grader.rubric import Rubric, parse_rubric
from webapp.audit.immutable import Immutable
from webapp.courses.models import Assignment


class RubricVersion(Immutable):
    """A rubric as it was stored: the text never changes, only whether it is published.

    ``number`` is the text's own ``version``. ``is_current``: what is handed in now is marked with
    it; one per assignment. ``forced_because``: why it was published against its proof.
    """

    changeable = frozenset({"is_current", "published_at", "published_by", "forced_because"})

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="rubric_versions"
    )
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("YAML"))
    sha256 = models.CharField(max_length=64, editable=False)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("stored"))
    is_current = models.BooleanField(_("in use"), default=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    forced_because = models.TextField(_("published against its proof because"), blank=True)

    class Meta:
        ordering: ClassVar = ["assignment", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["assignment", "number"], name="rubric_versions_are_numbered_once"
            ),
            models.UniqueConstraint(
                fields=["assignment"], condition=models.Q(is_current=True),
                name="one_rubric_in_use",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.assignment.tp}, rubric version {self.number}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.sha256 = hashlib.sha256(self.text.encode()).hexdigest()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        given = self.assignment
        return reverse("rubric-version", args=[given.course.slug, given.tp, self.number])

    @property
    def parsed(self) -> Rubric:
        """Raises RubricInvalid for a text that a later schema does not take any more."""
        return parse_rubric(self.text, f"rubric version {self.number}")


class RubricDraft(models.Model):
    """What is being written and no version yet; one per assignment. ``revision`` tells whether
    somebody else saved in between.
    """

    assignment = models.OneToOneField(
        Assignment, on_delete=models.CASCADE, related_name="rubric_draft"
    )
    based_on = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("YAML"))
    revision = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.assignment.tp}, after version {self.based_on.number}"


class ModuleKind(models.TextChoices):
    REFERENCE = "reference", _("reference: must get full marks")
    DEFECTIVE = "defective", _("defective: must lose what its defect breaks")


class KnownModule(Immutable):
    """A module whose verdicts are known: a rubric has to agree before it is published.

    ``loses``: ids of the criteria that a defective one must lose; empty where that is not said.
    """

    changeable = frozenset({"retired_at"})

    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="known_modules"
    )
    name = models.SlugField(_("name"))
    kind = models.CharField(_("kind"), max_length=16, choices=ModuleKind)
    why = models.TextField(_("what is right or wrong with it"), blank=True)
    loses = models.JSONField(_("loses"), default=list, blank=True)
    sha256 = models.CharField(max_length=64)
    seed = models.BigIntegerField()
    attribute = models.CharField(_("interrupt attribute"), max_length=64, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("added"))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["assignment", "-kind", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["assignment", "name"], condition=models.Q(retired_at=None),
                name="known_modules_have_a_name_each",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.assignment.tp}/{self.name}"


class KnownFile(Immutable):
    module = models.ForeignKey(KnownModule, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=255)
    data = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["module", "path"], name="one_known_file_per_path")
        ]

    def __str__(self) -> str:
        return self.path
