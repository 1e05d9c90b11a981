"""The real image, and modules compiled for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.errors import ImageMissing
from grader.image import Image, load_image, ringmark_home
from tests.vm_images.kit import SOURCES, in_toolchain
from vm_images.build import build_image
from vm_images.progress import silent


@pytest.fixture(scope="session")
def image() -> Image:
    """The default image; built if there is none."""
    try:
        return load_image(ringmark_home())
    except ImageMissing:
        return build_image(ringmark_home(), kernel_source=None, progress=silent)


@pytest.fixture(scope="session")
def modules(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``hello.ko`` and ``line11.ko``, compiled as students' modules are."""
    work = tmp_path_factory.mktemp("modules")
    for name in ("Kbuild", "hello.c", "line11.c"):
        shutil.copy(SOURCES / name, work)
    (work / "log").write_text(
        in_toolchain(image, work, "make", "-C", "/kernel", "M=/work", "modules")
    )
    return work
