"""History is read here, never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from webapp.submissions.models import Marking, Submission


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("student", "assignment", "attempt", "created_at", "sha256")
    list_filter = ("assignment__course", "assignment__tp")
    search_fields = ("student__username", "student__last_name", "sha256")
    date_hierarchy = "created_at"
    list_select_related = ("student", "assignment__course")


@admin.register(Marking)
class MarkingAdmin(ReadOnlyAdmin):
    list_display = ("submission", "rubric_version", "state", "score", "failures", "finished_at")
    list_filter = ("state", "submission__assignment__tp")
    search_fields = ("submission__student__username",)
    list_select_related = ("submission__student", "submission__assignment")
