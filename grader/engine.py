"""What every marking on this machine shares: the image, the guests' templates, the sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.build import Sandbox, open_sandbox
from grader.guest.hypervisor import Hypervisor
from grader.image import Image, load_image

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Engine:
    """Opened once per process and used from any number of threads.

    ``guests`` is how many run at the same time; each has one processor for itself.
    """

    image: Image
    hypervisor: Hypervisor
    sandbox: Sandbox
    guests: int

    @classmethod
    @contextmanager
    def open(
        cls,
        home: Path,
        image_id: str = "default",
        accel: str = "auto",
        sandbox: str = "bwrap",
        *,
        guests: int | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Engine]:
        """Load the image; templates are booted when first needed.

        Raises:
            PlatformFault: no image, no sandbox, no QEMU; the message says what to do.
        """
        image = load_image(home, image_id)
        told: Progress = progress or (lambda text, fraction: None)
        with (
            open_sandbox(sandbox, image) as compiler,
            Hypervisor(image, home, accel=accel, progress=told) as hypervisor,
        ):
            yield cls(image, hypervisor, compiler, guests or len(os.sched_getaffinity(0)))
