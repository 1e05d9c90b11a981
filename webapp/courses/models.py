"""A course, who is in it, and the TPs it sets."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Course(models.Model):
    slug = models.SlugField(_("short name in addresses"), unique=True)
    title = models.CharField(_("title"), max_length=200)

    class Meta:
        ordering: ClassVar = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("course", args=[self.slug])


class Role(models.TextChoices):
    STUDENT = "student", _("student")
    INSTRUCTOR = "instructor", _("instructor")


class Enrolment(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments"
    )
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrolments")
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.STUDENT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "course"], name="one_role_per_course")
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role}) in {self.course}"


class Assignment(models.Model):
    """A TP as a course sets it. ``tp`` names the rubric that the engine ships or is given."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="assignments")
    tp = models.SlugField(_("TP"), help_text=_("the rubric's TP: tp1"))
    title = models.CharField(_("title"), max_length=200)
    opens_at = models.DateTimeField(_("opens"))
    due_at = models.DateTimeField(_("due"))
    rubric_version = models.CharField(_("rubric version"), max_length=64)
    max_score = models.FloatField(_("marked out of"), default=20)

    class Meta:
        ordering: ClassVar = ["course", "tp"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["course", "tp"], name="one_assignment_per_tp")
        ]

    def __str__(self) -> str:
        return f"{self.course}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("assignment", args=[self.course.slug, self.tp])

    def clean(self) -> None:
        if self.opens_at and self.due_at and self.opens_at >= self.due_at:
            raise ValidationError({"due_at": _("It has to be due after it opens.")})

    def is_open(self, now: dt.datetime) -> bool:
        return self.opens_at <= now <= self.due_at

    def closed_because(self, now: dt.datetime) -> str:
        """Why nothing can be handed in now, for a person; empty while it is open."""
        if now < self.opens_at:
            return gettext("This TP is not open yet.")
        if now > self.due_at:
            return gettext("This TP was due and is closed.")
        return ""
