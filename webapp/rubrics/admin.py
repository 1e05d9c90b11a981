"""Rubrics and known modules are read here; they are written on the course's pages."""

from django.contrib import admin

from webapp.audit.admin import ReadOnlyAdmin
from webapp.rubrics.models import KnownFile, KnownModule, RubricDraft, RubricVersion


@admin.register(RubricVersion)
class RubricVersionAdmin(ReadOnlyAdmin):
    list_display = ("assignment", "number", "is_current", "note", "author", "created_at")
    list_filter = ("is_current", "assignment__course", "assignment__tp")
    search_fields = ("note", "sha256", "assignment__title")
    list_select_related = ("assignment__course", "author")


@admin.register(RubricDraft)
class RubricDraftAdmin(ReadOnlyAdmin):
    list_display = ("assignment", "based_on", "revision", "author", "saved_at")
    list_filter = ("assignment__course",)
    search_fields = ("assignment__title", "author__username")
    list_select_related = ("assignment__course", "based_on__assignment", "author")


@admin.register(KnownModule)
class KnownModuleAdmin(ReadOnlyAdmin):
    list_display = ("name", "assignment", "kind", "author", "created_at", "retired_at")
    list_filter = ("kind", "assignment__course", "assignment__tp")
    search_fields = ("name", "why", "sha256")
    list_select_related = ("assignment__course", "author")


@admin.register(KnownFile)
class KnownFileAdmin(ReadOnlyAdmin):
    list_display = ("path", "module")
    list_filter = ("module__assignment__course", "module__assignment__tp")
    search_fields = ("path", "module__name")
    list_select_related = ("module__assignment",)
