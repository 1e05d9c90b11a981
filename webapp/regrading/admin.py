"""Regrades are read here, never changed."""

from django.contrib import admin

from webapp.audit.admin import ReadOnlyAdmin
from webapp.regrading.models import Regrade, RegradeItem


@admin.register(Regrade)
class RegradeAdmin(ReadOnlyAdmin):
    list_display = ("id", "assignment", "rubric", "which", "group", "state", "author", "created_at")
    list_filter = ("state", "which", "assignment__course", "assignment__tp")
    search_fields = ("note", "author__username")
    list_select_related = ("assignment__course", "rubric__assignment", "author")


@admin.register(RegradeItem)
class RegradeItemAdmin(ReadOnlyAdmin):
    list_display = ("regrade", "submission", "old_score", "new_score", "applied_at", "applied_by")
    list_filter = ("regrade__assignment__course", "regrade__assignment__tp")
    search_fields = ("submission__student__username", "regrade__note")
    list_select_related = (
        "regrade__assignment",
        "submission__student",
        "submission__assignment",
        "old",
        "new",
        "applied_by",
    )

    @admin.display(description="old score")
    def old_score(self, item: RegradeItem) -> float | None:
        return item.old.score

    @admin.display(description="new score")
    def new_score(self, item: RegradeItem) -> float | None:
        return item.new.score
