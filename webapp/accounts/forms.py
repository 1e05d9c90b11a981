"""The login form: Django's, and closed for a while after too many wrong passwords."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.accounts import services


class LoginForm(AuthenticationForm):
    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username") or ""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if services.login_is_closed(username, address, timezone.now()):
            raise ValidationError(
                _("Too many wrong passwords. Wait a quarter of an hour, then try again."),
                code="closed",
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            services.note_failure(username, address, timezone.now())
            raise
        services.forget_failures(username, address)
        return cleaned or {}
