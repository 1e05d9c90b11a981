"""Removes what no kept image needs: images, parts, half-made parts, packed parts, templates,
recordings.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.errors import PlatformFault
from vm_images.build import linked, list_images
from vm_images.packing import FOLDER
from vm_images.parts import DOWNLOADS, locked


@dataclass(frozen=True)
class Pruned:
    """What was removed, and the bytes that it held on the disk."""

    names: tuple[str, ...]
    bytes: int


def prune(home: Path, keep: int = 1) -> Pruned:
    """Keep each flavour's newest images and the one in use, with all that belongs to them.

    Waits for builds that are under way. A guest that runs keeps the files that it has open.
    """
    if keep < 1:
        raise PlatformFault("prune keeps at least one image")
    with locked(home, "store"):
        images = list_images(home)
        used = set(linked(home).values())
        flavours = {str(image.manifest["flavour"]) for image in images}
        kept = [image for image in images if image.id in used]
        for flavour in flavours:
            of_it = [image for image in images if image.manifest["flavour"] == flavour]
            kept += [image for image in of_it[-keep:] if image not in kept]
        names = {image.id for image in kept}
        parts = {str(part) for image in kept for part in image.manifest["parts"].values()}
        doomed = [
            *_images(home, names),
            *_parts(home, parts),
            *_templates(home, names),
            *_recordings(home, parts),
            *_packed(home, parts),
        ]
        freed = sum(_size(path) for path in doomed)
        for path in doomed:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    return Pruned(tuple(str(path.relative_to(home)) for path in doomed), freed)


def _images(home: Path, keep: set[str]) -> Iterator[Path]:
    for path in _folders(home / "images"):
        if path.name not in keep:
            yield path


def _parts(home: Path, keep: set[str]) -> Iterator[Path]:
    for path in _folders(home / "parts"):
        if path.name not in keep:
            yield path
    yield from _folders(home / "build")


def _templates(home: Path, keep: set[str]) -> Iterator[Path]:
    """A template names its image in ``template.json``; one that names none is half made."""
    for path in _folders(home / "templates"):
        try:
            image = json.loads((path / "template.json").read_text()).get("image")
        except (OSError, ValueError):
            image = None
        if image not in keep:
            yield path


def _recordings(home: Path, keep: set[str]) -> Iterator[Path]:
    """What kbuild runs, with the kernel and the compiler for which it was found out."""
    for path in _folders(home / "recordings"):
        try:
            parts = set(json.loads((path / "recording.json").read_text())["parts"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            parts = {""}
        if not parts <= keep:
            yield path


def _packed(home: Path, keep: set[str]) -> Iterator[Path]:
    """Parts as sent to workers, and what a worker has loaded of one and not unpacked."""
    for path in sorted((home / FOLDER).glob("*")):
        if path.name.rpartition("-")[0] not in keep:
            yield path
    yield from sorted((home / DOWNLOADS).glob("*"))


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())


def _size(folder: Path) -> int:
    """Bytes on the disk (a template's RAM file is mostly holes)."""
    if not folder.is_dir():
        return folder.lstat().st_blocks * 512
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if not path.is_dir())
