"""The person behind a request."""

from __future__ import annotations

from django.http import HttpRequest

from webapp.accounts.models import User


def person(request: HttpRequest) -> User:
    """For views behind ``login_required``: the user, with its type."""
    if not isinstance(request.user, User):
        raise TypeError("this view needs login_required")
    return request.user
