"""Which images this site offers to its workers: those that it would mark with itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from vm_images import publish
from vm_images.packing import Packed


def offered() -> dict[str, str]:
    """Under which names workers keep them, and what they are called here."""
    return {"default": settings.RINGMARK_IMAGE, "race": settings.RINGMARK_RACE_IMAGE}


def index() -> dict[str, Any]:
    """Raises PlatformFault when an image is missing or cannot be packed."""
    return publish.index(settings.RINGMARK_HOME, offered())


def find(part: str) -> Packed | None:
    """Raises PlatformFault as :func:`index`."""
    return publish.find(settings.RINGMARK_HOME, offered(), part)
