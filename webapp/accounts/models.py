"""The user, ours from the start so that later fields need no new table."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A student or an instructor: which, is said per course (``courses.Enrolment``)."""

    language = models.CharField(
        _("language"), max_length=8, blank=True, help_text=_("Empty: what the browser asks for.")
    )


class LoginFailure(models.Model):
    """A wrong password, remembered for a while to slow guessing down."""

    username = models.CharField(max_length=150)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["username", "address", "at"])]

    def __str__(self) -> str:
        return f"{self.username} from {self.address} at {self.at:%F %T}"
