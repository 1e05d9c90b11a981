"""Settings that the commands take from the environment."""

from __future__ import annotations

import os


def accelerator() -> str:
    """``RINGMARK_ACCEL``: auto (default), tcg or kvm."""
    return os.environ.get("RINGMARK_ACCEL", "auto")


def sandbox() -> str:
    """``RINGMARK_SANDBOX``: bwrap (default) or docker."""
    return os.environ.get("RINGMARK_SANDBOX", "bwrap")
