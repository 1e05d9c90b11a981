"""History is read here, never changed."""

from django.contrib import admin

from webapp.audit.admin import ReadOnlyAdmin
from webapp.submissions.models import Marking, Submission


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("student", "assignment", "attempt", "created_at", "sha256")
    list_filter = ("assignment__course", "assignment__tp")
    search_fields = ("student__username", "student__last_name", "sha256")
    date_hierarchy = "created_at"
    list_select_related = ("student", "assignment__course")


@admin.register(Marking)
class MarkingAdmin(ReadOnlyAdmin):
    list_display = (
        "submission",
        "known_module",
        "rubric",
        "is_shown",
        "state",
        "score",
        "failures",
        "finished_at",
    )
    list_filter = ("state", "submission__assignment__tp")
    search_fields = ("submission__student__username",)
    list_select_related = ("submission__student", "submission__assignment", "rubric__assignment")
