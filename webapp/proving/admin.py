"""Proofs are read here, never changed."""

from django.contrib import admin

from webapp.audit.admin import ReadOnlyAdmin
from webapp.proving.models import Proof, ProofRun


@admin.register(Proof)
class ProofAdmin(ReadOnlyAdmin):
    list_display = ("id", "rubric", "author", "created_at")
    list_filter = ("rubric__assignment__course", "rubric__assignment__tp")
    search_fields = ("rubric__assignment__title", "author__username")
    list_select_related = ("rubric__assignment", "author")


@admin.register(ProofRun)
class ProofRunAdmin(ReadOnlyAdmin):
    list_display = ("proof", "module", "state", "score")
    list_filter = ("marking__state", "module__kind", "module__assignment__tp")
    search_fields = ("module__name",)
    list_select_related = ("proof__rubric__assignment", "module__assignment", "marking")

    @admin.display(description="state")
    def state(self, run: ProofRun) -> str:
        return run.marking.get_state_display()

    @admin.display(description="score")
    def score(self, run: ProofRun) -> float | None:
        return run.marking.score
