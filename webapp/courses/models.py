"""A course, who is in it, and the TPs it sets."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
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
    group = models.CharField(
        _("group"), max_length=40, blank=True, help_text=_("of the practicals: G1")
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "course"], name="one_role_per_course")
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role}) in {self.course}"


class Counts(models.TextChoices):
    """Which of a student's attempts is the mark."""

    BEST = "best", _("the best attempt")
    LAST = "last", _("the last attempt")


class Assignment(models.Model):
    """A TP as a course sets it: its dates, and what a late attempt costs. Its rubrics, by version,
    are ``rubric_versions`` (webapp.rubrics).

    Up to ``late_days`` days after it was due it still takes attempts, each of which loses
    ``late_points_per_day`` points for every day begun.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="assignments")
    tp = models.SlugField(_("TP"), help_text=_("short name in addresses and criterion ids: tp1"))
    title = models.CharField(_("title"), max_length=200)
    opens_at = models.DateTimeField(_("opens"))
    due_at = models.DateTimeField(_("due"))
    counts = models.CharField(_("what counts"), max_length=8, choices=Counts, default=Counts.BEST)
    late_days = models.PositiveSmallIntegerField(_("days that late attempts are taken"), default=0)
    late_points_per_day = models.FloatField(
        _("points lost per late day"), default=0, validators=[MinValueValidator(0)]
    )

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


class Extension(models.Model):
    """Another date for one student."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="extensions"
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="extensions")
    due_at = models.DateTimeField(_("due"))
    reason = models.TextField(_("reason"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("granted"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["student", "assignment"], name="one_extension_per_student_and_tp"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student}, {self.assignment.tp}: {self.due_at:%Y-%m-%d %H:%M}"
