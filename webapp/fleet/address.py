"""Where workers find the platform: said by the web process, kept in the database."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import DatabaseError

from webapp.fleet.models import PlatformAddress

logger = logging.getLogger(__name__)


def announce(url: str, now: dt.datetime) -> None:
    """Keep the address, if there is one. A database that is away only makes a line in the log."""
    if not url:
        return
    try:
        if known_address() != url:
            PlatformAddress.objects.update_or_create(
                pk=PlatformAddress.THE_ONE, defaults={"url": url, "announced_at": now}
            )
    except DatabaseError as fault:
        logger.warning("workers were not told where the site is (%s): %s", url, fault)


def known_address() -> str:
    """Empty when none was announced."""
    found = PlatformAddress.objects.filter(pk=PlatformAddress.THE_ONE).first()
    return found.url if found else ""
