"""What all rooms of tests share: one engine on the real image, opened when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.engine import Engine
from grader.image import Image, load_image, ringmark_home
from tests.support.docker_engine import docker_engine

__all__ = ["docker_engine"]


@pytest.fixture(scope="session")
def image() -> Image:
    """The built guest image. ``make test`` builds it first."""
    return load_image(ringmark_home())


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The real thing: compiler sandbox, templates, guests. The first use boots the template."""
    with Engine.open(ringmark_home()) as opened:
        opened.hypervisor.prepare(cpus=1)
        yield opened
