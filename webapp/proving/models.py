"""A proof: a rubric version tried on every known module of its TP."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.rubrics.models import KnownModule, RubricVersion
from webapp.submissions.models import Marking


class Proof(models.Model):
    """One try of a rubric version. What it shows follows from its runs' markings."""

    rubric = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="proofs")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("started"))

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"proof {self.pk} of {self.rubric}"


class ProofRun(models.Model):
    """One known module in a proof."""

    proof = models.ForeignKey(Proof, on_delete=models.PROTECT, related_name="runs")
    module = models.ForeignKey(KnownModule, on_delete=models.PROTECT, related_name="runs")
    marking = models.OneToOneField(Marking, on_delete=models.PROTECT, related_name="proof_run")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["proof", "module"], name="a_module_proves_once")
        ]

    def __str__(self) -> str:
        return f"{self.proof}: {self.module}"
