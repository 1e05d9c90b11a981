"""What the settings read from outside: environment variables and the private folder ``var/``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def flag(name: str, default: bool = False) -> bool:
    """True for ``1``, ``true``, ``yes`` and ``on``, whatever their case."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def words(name: str) -> list[str]:
    """A comma-separated list; empty when unset."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def one_of(name: str, default: str, *others: str) -> str:
    """One of a few words.

    Raises:
        ImproperlyConfigured: it is set to something else.
    """
    value = os.environ.get(name) or default
    if value not in (default, *others):
        raise ImproperlyConfigured(
            f"{name} is {value!r}: it can be {', '.join((default, *others))}"
        )
    return value


def secret_key(folder: Path) -> str:
    """``$SECRET_KEY``, else the one kept in ``folder``, made at first use.

    Several processes start at once: the key is written under another name and linked, so the
    first one wins and nobody reads half a key.
    """
    named = os.environ.get("SECRET_KEY")
    if named:
        return named
    kept = folder / "secret_key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"secret_key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            kept.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return kept.read_text().strip()
