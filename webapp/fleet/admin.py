"""Workers and their tokens are read here; ``manage.py worker_token`` makes and revokes."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone

from webapp.audit.admin import ReadOnlyAdmin
from webapp.fleet.models import PlatformAddress, Worker, WorkerToken


@admin.register(WorkerToken)
class WorkerTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    fields = ("name", "created_at", "last_used_at", "revoked_at")


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = ("name", "host", "state", "last_seen", "started_at", "cores", "guests",
                    "accelerator", "image", "race_image", "version", "token")  # fmt: skip
    list_filter = ("image", "accelerator", ("stopped_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "host")
    list_select_related = ("token",)

    @admin.display(description="state")
    def state(self, worker: Worker) -> str:
        return worker.state(timezone.now())


@admin.register(PlatformAddress)
class PlatformAddressAdmin(ReadOnlyAdmin):
    list_display = ("url", "announced_at")
