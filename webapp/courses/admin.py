"""Courses and who is in them. Dates and late policy of a TP that exists are changed on the course's
pages, where marks follow and the audit log has it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from webapp.audit.admin import ReadOnlyAdmin
from webapp.courses.models import Assignment, Course, Enrolment, Extension

#: What marks depend on.
DECIDING = ("opens_at", "due_at", "late_days", "late_points_per_day")


class AssignmentInline(admin.TabularInline):  # type: ignore[type-arg]
    """A look at a course's TPs; each has its own page."""

    model = Assignment
    extra = 0
    fields = ("tp", "title", "opens_at", "due_at")
    readonly_fields = fields
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "slug")
    search_fields = ("title", "slug")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (AssignmentInline,)


@admin.register(Enrolment)
class EnrolmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "course", "role", "group")
    list_filter = ("course", "role")
    search_fields = ("user__username", "user__last_name", "course__title", "group")
    autocomplete_fields = ("user", "course")
    list_select_related = ("user", "course")


@admin.register(Assignment)
class AssignmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "course", "tp", "opens_at", "due_at", "late_days")
    list_filter = ("course", "tp")
    search_fields = ("title", "tp", "course__title")
    autocomplete_fields = ("course",)
    list_select_related = ("course",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return DECIDING if obj else ()


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin):
    list_display = ("student", "assignment", "due_at", "author", "created_at", "reason")
    list_filter = ("assignment__course", "assignment__tp")
    search_fields = ("student__username", "student__last_name", "reason")
    list_select_related = ("student", "assignment__course", "author")
