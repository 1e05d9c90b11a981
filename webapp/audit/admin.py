"""What must not change is read in the administration, never edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from webapp.audit.models import AuditEntry


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "target", "reason", "course")
    list_filter = ("action", "course")
    search_fields = ("actor__username", "target", "reason")
    date_hierarchy = "at"
    list_select_related = ("actor", "course")
