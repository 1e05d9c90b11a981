"""One hypervisor on the real image for all tests of guests; its template is kept between runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.guest.hypervisor import Hypervisor
from grader.guest.probe import accelerator_choice
from grader.image import Image, ringmark_home


@pytest.fixture(scope="session")
def hypervisor(image: Image) -> Iterator[Hypervisor]:
    with Hypervisor(image, ringmark_home(), accel=accelerator_choice()) as opened:
        opened.prepare()
        yield opened
