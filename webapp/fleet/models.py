"""Workers, what lets them in, and where they find the platform."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import Q

#: Without a beat for so long a worker counts as gone.
SILENT_AFTER = dt.timedelta(minutes=1)


class WorkerToken(models.Model):
    """Lets a worker load images. The token itself is shown once and not kept."""

    name = models.CharField("name", max_length=100)
    hash = models.CharField("SHA-256 of the token", max_length=64, unique=True)
    created_at = models.DateTimeField("made")
    revoked_at = models.DateTimeField("revoked", null=True, blank=True)
    last_used_at = models.DateTimeField("last used", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at=None), name="one_good_token_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """One run of a worker, from its start to its end. It writes its row itself."""

    name = models.CharField("name", max_length=100)
    host = models.CharField("host", max_length=255)
    pid = models.PositiveIntegerField("process")
    token = models.ForeignKey(
        WorkerToken, on_delete=models.PROTECT, related_name="workers", null=True, blank=True
    )
    version = models.CharField("version", max_length=40, blank=True)
    cores = models.PositiveIntegerField("processors")
    guests = models.PositiveIntegerField("guests at once")
    accelerator = models.CharField("accelerator", max_length=20)
    image = models.CharField("image", max_length=40, blank=True)
    race_image = models.CharField("race image", max_length=40, blank=True)
    started_at = models.DateTimeField("started")
    last_seen = models.DateTimeField("last seen")
    stopped_at = models.DateTimeField("stopped", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-last_seen"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "host", "pid"], name="one_row_per_worker")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.host}, {self.pid})"

    def state(self, now: dt.datetime) -> str:
        """``running``, ``stopped``, or ``silent``: it was killed, or its host is cut off."""
        if self.stopped_at is not None:
            return "stopped"
        return "silent" if self.last_seen < now - SILENT_AFTER else "running"


class PlatformAddress(models.Model):
    """Where workers find the site. One row; the web process writes it when it starts."""

    THE_ONE = 1

    url = models.CharField("address", max_length=500)
    announced_at = models.DateTimeField("announced")

    class Meta:
        verbose_name_plural = "platform address"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="one_platform_address")
        ]

    def __str__(self) -> str:
        return self.url
