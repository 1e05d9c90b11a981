"""Whether an image on the disk is still what its manifest says."""

from __future__ import annotations

from pathlib import Path

from grader.image import load_image
from vm_images.build import tree_digest
from vm_images.parts import file_digest


def verify_image(home: Path, image_id: str = "default") -> list[str]:
    """Read every file of an image again; return what is wrong with it, in words.

    Raises:
        ImageMissing: there is no such image.
    """
    manifest = load_image(home, image_id).manifest
    problems = []
    for name, wanted in manifest["files"].items():
        path = home / name
        if not path.is_file():
            problems.append(f"{name} is missing")
        elif path.stat().st_size != wanted["size"]:
            problems.append(f"{name} has {path.stat().st_size} bytes, not {wanted['size']}")
        elif file_digest(path) != wanted["sha256"]:
            problems.append(f"{name} has changed")
    for name, digest in manifest["trees"].items():
        if not (home / name).is_dir():
            problems.append(f"{name}/ is missing")
        elif tree_digest(home / name) != digest:
            problems.append(f"{name}/ has changed")
    return problems
