"""What the settings read from outside: environment variables and the private folder ``var/``."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

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


def address(name: str) -> str:
    """An http(s) address without the slash at its end; empty when unset."""
    url = os.environ.get(name, "").strip().rstrip("/")
    if url and not (urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname):
        sys.exit(f"{name} is {url!r}: it has to be an address such as https://ringmark.example.org")
    return url


def host_of(url: str) -> list[str]:
    """The host that requests to this address name; none for no address."""
    host = urlsplit(url).hostname
    return [f"[{host}]" if ":" in host else host] if host else []


def transport_options(broker: str) -> dict[str, object]:
    """Celery's ``broker_transport_options`` that fit the broker.

    Redis hands a message that nobody acknowledged out again after ``visibility_timeout`` seconds,
    RabbitMQ as soon as the worker's connection ends. The claims in the database decide who marks,
    so a second delivery does nothing (webapp/submissions/claims.py).
    """
    if urlsplit(broker).scheme in {"amqp", "amqps", "pyamqp"}:
        # A message counts as sent once RabbitMQ has it.
        return {"confirm_publish": True}
    return {"visibility_timeout": 300, "socket_connect_timeout": 2, "socket_timeout": 20}


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
