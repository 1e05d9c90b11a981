"""History is read here, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from webapp.audit.admin import ReadOnlyAdmin
from webapp.submissions.models import (
    Correction,
    CriterionProgress,
    LineComment,
    Mark,
    Marking,
    MarkingReport,
    SourceFile,
    Standing,
    Submission,
)
from webapp.submissions.presentation import tail
from webapp.submissions.templatetags.text import visible

#: What ``str()`` of a submission asks for.
SUBMISSION = ("submission__student", "submission__assignment")
#: What ``str()`` of a marking asks for.
MARKING = (
    "marking__submission__student",
    "marking__submission__assignment",
    "marking__known_module__assignment",
    "marking__rubric__assignment",
)


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("student", "assignment", "attempt", "is_try", "created_at", "sha256")
    list_filter = ("is_try", "assignment__course", "assignment__tp")
    search_fields = ("student__username", "student__last_name", "sha256")
    date_hierarchy = "created_at"
    list_select_related = ("student", "assignment__course")


@admin.register(SourceFile)
class SourceFileAdmin(ReadOnlyAdmin):
    list_display = ("path", "submission")
    list_filter = ("submission__assignment__course", "submission__assignment__tp")
    search_fields = ("path", "submission__student__username")
    list_select_related = SUBMISSION
    fields = ("submission", "path", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("data")

    @admin.display(description="text")
    def text(self, file: SourceFile) -> SafeString:
        decoded = bytes(file.data).decode("utf-8", errors="replace")
        return format_html("<pre>{}</pre>", visible(tail(decoded)))


@admin.register(Marking)
class MarkingAdmin(ReadOnlyAdmin):
    list_display = (
        "subject",
        "rubric",
        "priority",
        "is_shown",
        "state",
        "score",
        "failures",
        "finished_at",
    )
    list_filter = ("state", "priority", "is_shown", "rubric__assignment__tp")
    search_fields = ("submission__student__username", "known_module__name")
    list_select_related = (*SUBMISSION, "known_module__assignment", "rubric__assignment")


@admin.register(MarkingReport)
class MarkingReportAdmin(ReadOnlyAdmin):
    list_display = ("marking",)
    list_filter = ("marking__state",)
    search_fields = ("marking__submission__student__username",)
    list_select_related = MARKING
    fields = ("marking", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("document")

    @admin.display(description="document")
    def text(self, report: MarkingReport) -> SafeString:
        """Its end, if it is long; the whole is a download of the result page."""
        return format_html("<pre>{}</pre>", visible(tail(report.document)))


@admin.register(CriterionProgress)
class CriterionProgressAdmin(ReadOnlyAdmin):
    list_display = ("marking", "criterion", "verdict", "points", "max_points")
    list_filter = ("verdict", "marking__state")
    search_fields = ("criterion", "marking__submission__student__username")
    list_select_related = MARKING
    ordering = ("-marking_id", "position")


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = (
        "submission",
        "criterion",
        "kind",
        "points",
        "author",
        "created_at",
        "withdrawn_at",
    )
    list_filter = ("kind", "submission__assignment__course", "submission__assignment__tp")
    search_fields = ("submission__student__username", "criterion", "reason", "author__username")
    date_hierarchy = "created_at"
    list_select_related = (*SUBMISSION, "author")


@admin.register(LineComment)
class LineCommentAdmin(ReadOnlyAdmin):
    list_display = ("submission", "path", "line", "author", "created_at", "withdrawn_at")
    list_filter = ("submission__assignment__course", "submission__assignment__tp")
    search_fields = ("submission__student__username", "text", "author__username")
    list_select_related = (*SUBMISSION, "author")


@admin.register(Mark)
class MarkAdmin(ReadOnlyAdmin):
    list_display = (
        "submission",
        "engine_score",
        "corrected_score",
        "late_points",
        "score",
        "max_score",
    )
    list_filter = ("submission__assignment__course", "submission__assignment__tp")
    search_fields = ("submission__student__username", "submission__student__last_name")
    list_select_related = SUBMISSION


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    list_display = ("student", "assignment", "attempts", "last", "best")
    list_filter = ("assignment__course", "assignment__tp")
    search_fields = ("student__username", "student__last_name")
    list_select_related = (
        "student",
        "assignment__course",
        "last__submission__student",
        "last__submission__assignment",
        "best__submission__student",
        "best__submission__assignment",
    )
