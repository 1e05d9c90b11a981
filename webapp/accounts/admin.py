from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from webapp.accounts.models import User


@admin.register(User)
class RingmarkUserAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "last_login")
    fieldsets: ClassVar[Any] = (
        *(UserAdmin.fieldsets or ()),
        (_("Ringmark"), {"fields": ("language",)}),
    )
