"""Slowing down who guesses passwords."""

from __future__ import annotations

import datetime as dt

from webapp.accounts.models import LoginFailure

#: So many wrong passwords for one name from one address within the window close that pair.
ALLOWED_FAILURES = 10
WINDOW = dt.timedelta(minutes=15)


def login_is_closed(username: str, address: str, now: dt.datetime) -> bool:
    """True while this name has failed too often from this address."""
    recent = LoginFailure.objects.filter(
        username=_key(username), address=address, at__gt=now - WINDOW
    )
    return recent.count() >= ALLOWED_FAILURES


def note_failure(username: str, address: str, now: dt.datetime) -> None:
    """Remember a wrong password and forget those out of the window."""
    LoginFailure.objects.filter(at__lte=now - WINDOW).delete()
    LoginFailure.objects.create(username=_key(username), address=address, at=now)


def forget_failures(username: str, address: str) -> None:
    """A right password clears the pair."""
    LoginFailure.objects.filter(username=_key(username), address=address).delete()


def _key(username: str) -> str:
    return username.strip().lower()[:150]
