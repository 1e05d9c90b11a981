"""The audit log."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.audit.immutable import Immutable


class Action(models.TextChoices):
    """What can be done by hand. A new one needs its words here, nothing else."""

    COURSE_MADE = "course-made", _("made the course")
    TP_MADE = "tp-made", _("made the TP")
    TP_CHANGED = "tp-changed", _("changed the TP's dates or late policy")
    RUBRIC_STORED = "rubric-stored", _("stored a rubric version")
    RUBRIC_PUBLISHED = "rubric-published", _("published a rubric version")
    RUBRIC_FORCED = "rubric-forced", _("published a rubric version against its proof")
    MODULE_ADDED = "module-added", _("added a known module")
    MODULE_RETIRED = "module-retired", _("retired a known module")
    REGRADE_STARTED = "regrade-started", _("started a regrade")
    REGRADE_PAUSED = "regrade-paused", _("paused a regrade")
    REGRADE_RESUMED = "regrade-resumed", _("resumed a regrade")
    REGRADE_CANCELLED = "regrade-cancelled", _("cancelled a regrade")
    REGRADE_APPLIED = "regrade-applied", _("applied a regrade")
    REGRADE_UNDONE = "regrade-undone", _("took a regrade back")
    MARKED_AGAIN = "marked-again", _("had a withheld mark tried again")
    POINTS_SET = "points-set", _("set the points of a criterion")
    VERDICT_ANNULLED = "verdict-annulled", _("annulled a verdict")
    CORRECTION_WITHDRAWN = "correction-withdrawn", _("withdrew a correction")
    COMMENTED = "commented", _("commented on a line")
    COMMENT_WITHDRAWN = "comment-withdrawn", _("withdrew a comment")
    EXTENDED = "extended", _("extended a date")
    EXTENSION_WITHDRAWN = "extension-withdrawn", _("withdrew an extension")
    TOKEN_MADE = "token-made", _("made a token for workers")
    TOKEN_REVOKED = "token-revoked", _("revoked a token for workers")
    EXPORTED = "exported", _("exported the gradebook")


class AuditEntry(Immutable):
    """One thing that somebody did. ``detail``: old and new values, as a JSON object."""

    course = models.ForeignKey(
        "courses.Course", on_delete=models.PROTECT, related_name="audit", null=True, blank=True
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="audit", null=True
    )
    action = models.CharField(_("what"), max_length=32, choices=Action)
    target = models.CharField(_("to what"), max_length=300)
    url = models.CharField(_("address"), max_length=300, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [models.Index(fields=["course", "-at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.get_action_display()} {self.target}"
