"""What the platform offers to workers: the images in use, and the parts that marking needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.image import load_image
from vm_images.packing import Packed, pack

SCHEMA = "ringmark.images/1"
#: The base is only for building.
NEEDED = ("agent", "kernel", "root", "toolchain")


def index(home: Path, images: Mapping[str, str]) -> dict[str, Any]:
    """``images``: which image stands under which name (``default``, ``race``).

    Packs what is not packed yet, which takes seconds.

    Raises:
        PlatformFault: an image is missing, or a part cannot be packed.
    """
    manifests = {name: load_image(home, image).manifest for name, image in images.items()}
    parts = sorted({part for manifest in manifests.values() for part in needed(manifest)})
    packed = [pack(home, part) for part in parts]
    return {
        "schema": SCHEMA,
        "images": manifests,
        "parts": {each.part: {"sha256": each.sha256, "size": each.size} for each in packed},
    }


def needed(manifest: Mapping[str, Any]) -> list[str]:
    """The parts of an image without which nothing can be marked."""
    return [str(manifest["parts"][kind]) for kind in NEEDED]


def find(home: Path, images: Mapping[str, str], part: str) -> Packed | None:
    """A part of these images, packed; None when it is no part of theirs.

    Raises:
        PlatformFault: an image is missing, or the part cannot be packed.
    """
    offered = {
        each for image in images.values() for each in needed(load_image(home, image).manifest)
    }
    return pack(home, part) if part in offered else None
