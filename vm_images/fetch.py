"""A worker's images, from the platform: loaded, compared with their digests, put in place.

What is there already stays. An image gets its name (``default``, ``race``) only when all of it is
there and as its manifest says; whatever interrupts this, it goes on at the next start.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from grader.image import Image, load_image
from vm_images import publish
from vm_images.build import LINKS, link_image
from vm_images.download import FetchFailed, Platform
from vm_images.packing import unpack
from vm_images.parts import DOWNLOADS, KINDS, locked, open_to_all
from vm_images.progress import Progress, Report
from vm_images.verify import verify_image

_PART = re.compile(rf"(?:{'|'.join(KINDS)})-[0-9a-f]{{16}}")
_IMAGE = re.compile(r"[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def fetch_images(home: Path, platform: Platform, progress: Report) -> dict[str, Image]:
    """The platform's images, by the names under which it offers them.

    Raises:
        FetchFailed: the message says what and where, and what to do.
    """
    progress(Progress("image index", 0, 0, platform.url))
    offer = platform.document("fleet/images", progress)
    _check(offer, platform.url)
    with open_to_all():
        home.mkdir(parents=True, exist_ok=True)
    with locked(home, "store", shared=True):  # prune waits for us
        try:
            parts = {part for each in offer["images"].values() for part in publish.needed(each)}
            for part in sorted(parts):
                _have_part(home, platform, part, offer["parts"][part], progress)
            return {
                name: _have_image(home, name, manifest, progress)
                for name, manifest in offer["images"].items()
            }
        except OSError as error:
            raise FetchFailed(
                f"the images cannot be stored in {home} ({error}): it needs about 2.5 GB that this"
                " user may write to; RINGMARK_HOME names another folder"
            ) from None


def _have_part(
    home: Path, platform: Platform, part: str, facts: Mapping[str, Any], progress: Report
) -> None:
    folder = home / "parts" / part
    with locked(home, part), open_to_all():
        if (folder / "part.json").exists():
            return
        digest, size = str(facts["sha256"]), int(facts["size"])
        loaded = home / DOWNLOADS / f"{part}-{digest[:16]}.tar"
        loaded.parent.mkdir(parents=True, exist_ok=True)
        platform.file(f"fleet/parts/{part}", loaded, (digest, size), progress)
        temporary = folder.with_name(f".{part}.partial")
        if temporary.exists():
            shutil.rmtree(temporary)
        temporary.parent.mkdir(parents=True, exist_ok=True)
        unpack(loaded, temporary)
        temporary.rename(folder)
        loaded.unlink()


def _have_image(home: Path, name: str, manifest: dict[str, Any], progress: Report) -> Image:
    image = str(manifest["id"])
    folder = home / "images" / image
    with locked(home, "images"), open_to_all():
        if not (folder / "manifest.json").exists():
            progress(Progress("verifying", 0, 0, f"image {image}"))
            trial = folder.with_name(f".{image}.trial")
            trial.mkdir(parents=True, exist_ok=True)
            text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
            (trial / "manifest.json").write_text(text)
            _same(home, verify_image(home, trial.name))
            trial.rename(folder)
        mine = load_image(home, image).manifest
        changed = [key for key in ("files", "trees") if mine.get(key) != manifest[key]]
        _same(home, [f"images/{image} was built from other packages"] if changed else [])
        link_image(home, name, image)
    progress(Progress(f"image {name}", 1, 1, image))
    return load_image(home, image)


def _same(home: Path, problems: list[str]) -> None:
    if problems:
        raise FetchFailed(
            f"what is in {home} is not what the platform has: {'; '.join(problems[:5])}. Remove it"
            " there, or name an empty folder as RINGMARK_HOME, and start again"
        )


def _check(offer: Mapping[str, Any], url: str) -> None:
    """Names become paths here, so they are ours or nothing."""
    try:
        if offer["schema"] != publish.SCHEMA:
            raise FetchFailed(
                f"{url} offers images as {offer['schema']!r}, this worker knows {publish.SCHEMA!r}:"
                " run the same version of Ringmark on both"
            )
        good = set(offer["images"]) == set(LINKS.values())
        for manifest in offer["images"].values():
            good = good and bool(_IMAGE.fullmatch(manifest["id"]))
            good = good and all(_PART.fullmatch(part) for part in manifest["parts"].values())
            good = good and all(
                _inside(path, manifest) for path in (*manifest["files"], *manifest["trees"])
            )
            for part in publish.needed(manifest):
                facts = offer["parts"][part]
                good = good and bool(_DIGEST.fullmatch(facts["sha256"])) and int(facts["size"]) > 0
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FetchFailed(f"{url} has an image index that cannot be read: {error!r}") from None
    if not good:
        raise FetchFailed(f"{url} has an image index with impossible names or digests")


def _inside(name: str, manifest: Mapping[str, Any]) -> bool:
    """A file or folder of one of the image's parts."""
    parts = PurePosixPath(name).parts
    return (
        len(parts) > 2
        and parts[0] == "parts"
        and parts[1] in manifest["parts"].values()
        and ".." not in parts
    )
