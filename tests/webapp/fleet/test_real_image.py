"""The real images, over real HTTP, into an empty home: what arrives builds modules."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from grader.build import build_module, open_sandbox
from grader.image import Image, load_image
from grader.intake import read_path
from tests.webapp.fleet.site import web_process
from tests.webapp.support.queue import ROOT
from vm_images.download import Platform
from vm_images.fetch import fetch_images
from vm_images.progress import silent
from vm_images.verify import verify_image
from webapp.fleet import tokens
from webapp.fleet.address import known_address


@pytest.fixture
def platform(image: Image) -> Iterator[Path]:
    """A home that has the images in use by links, and folders of its own for what is packed.

    Two gigabytes, so not in a folder that pytest keeps.
    """
    with tempfile.TemporaryDirectory(prefix="rm-platform-") as folder:
        home = Path(folder)
        (home / "images").mkdir()
        (home / "parts").mkdir()
        for name in ("default", "race"):
            there = load_image(image.home, name)
            (home / "images" / there.id).symlink_to(there.folder)
            (home / "images" / name).symlink_to(there.id)
            for part in there.manifest["parts"].values():
                link = home / "parts" / part
                if not link.is_symlink():
                    link.symlink_to(image.home / "parts" / part)
        yield home


@pytest.mark.image
def test_what_arrives_builds_modules(transactional_db: None, platform: Path) -> None:
    token = tokens.create("lab-1", timezone.now())
    with tempfile.TemporaryDirectory(prefix="rm-worker-") as folder:
        home = Path(folder) / "home"
        with web_process(platform):
            images = fetch_images(home, Platform(known_address(), token), silent)
        for name, image in images.items():
            assert verify_image(home, name) == []
            assert load_image(home, name).id == image.id == load_image(platform, name).id
            assert (home / "parts" / image.manifest["parts"]["kernel"]).is_dir()
            tree = read_path(ROOT / "rubrics" / "tp1" / "reference")
            with open_sandbox("bwrap", image) as sandbox:
                built = build_module(tree, image, sandbox)
            assert built.module is not None, built.report
