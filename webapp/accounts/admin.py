from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from webapp.accounts.models import LoginFailure, User


@admin.register(User)
class RingmarkUserAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "last_login")
    fieldsets: ClassVar[Any] = (
        *(UserAdmin.fieldsets or ()),
        (_("Ringmark"), {"fields": ("language",)}),
    )


@admin.register(LoginFailure)
class LoginFailureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Deleting them lets somebody in again before the quarter of an hour is over."""

    list_display = ("at", "username", "address")
    search_fields = ("username", "address")
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
