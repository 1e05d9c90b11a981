"""Which Ringmark this is, for the list of workers."""

from __future__ import annotations

import functools
import tomllib

from django.conf import settings


@functools.cache
def version() -> str:
    """As in ``pyproject.toml``."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])
