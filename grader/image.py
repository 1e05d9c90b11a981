"""A built image as the engine sees it: kernel, root disk, module build tree and toolchain.

``vm_images`` builds images; this module only reads what it left (``manifest.json``).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import ImageMissing

#: The link that names the newest image of the flavour ``race`` (vm_images).
RACE_IMAGE = "race"


@dataclass(frozen=True)
class Image:
    """Everything one kernel flavour needs, addressed by content."""

    id: str
    folder: Path
    release: str
    cmdline: str
    kernel: Path
    devel: Path
    root_disk: Path
    toolchain: Path
    agent: Path
    manifest: dict[str, Any]

    @property
    def home(self) -> Path:
        """The cache folder that the image lies in (``images/<id>``)."""
        return self.folder.parent.parent


def ringmark_home() -> Path:
    """The cache folder: ``$RINGMARK_HOME``, else ``ringmark`` in the user's cache."""
    named = os.environ.get("RINGMARK_HOME")
    if named:
        return Path(named).expanduser().resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "ringmark"


def load_image(home: Path, image_id: str = "default") -> Image:
    """Read an image's manifest.

    Raises:
        ImageMissing: nothing built under that id; the message says which command builds it.
    """
    folder = home / "images" / image_id
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError:
        raise ImageMissing(
            f"no guest image '{image_id}' in {home}: build one with 'python manage.py images build'"
        ) from None
    parts = {name: home / "parts" / part for name, part in manifest["parts"].items()}
    return Image(
        id=manifest["id"],
        folder=folder.resolve(),
        release=manifest["kernel"]["release"],
        cmdline=manifest["cmdline"],
        kernel=parts["kernel"] / "bzImage",
        devel=parts["kernel"] / "devel",
        root_disk=parts["root"] / "root.erofs",
        toolchain=parts["toolchain"] / "root",
        agent=parts["agent"] / "agent",
        manifest=manifest,
    )
