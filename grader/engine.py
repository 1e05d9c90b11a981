"""What every marking on this machine shares: the images, the guests' templates, the sandboxes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from grader.build import Sandbox, open_sandbox
from grader.checks.racing import RACE_ACCEL, RACE_CPUS, RaceLab
from grader.guest.hypervisor import Hypervisor
from grader.image import RACE_IMAGE, Image, load_image

Progress = Callable[[str, float | None], None]


class RaceKernel:
    """The other kernel, which detects data races. Opened by the first check that needs it, for
    not every practical has one. Thread-safe.
    """

    def __init__(
        self, home: Path, sandbox: str, progress: Progress, image_id: str = RACE_IMAGE
    ) -> None:
        self._home = home
        self._image_id = image_id
        self._sandbox = sandbox
        self._progress = progress
        self._lock = Lock()
        self._owned = ExitStack()
        self._lab: RaceLab | None = None

    def lab(self) -> RaceLab:
        """Its image, guests and compiler.

        Raises:
            PlatformFault: no image, no sandbox, no QEMU; the message says what to do.
        """
        with self._lock:
            if self._lab is None:
                image = load_image(self._home, self._image_id)
                compiler = self._owned.enter_context(open_sandbox(self._sandbox, image))
                hypervisor = Hypervisor(
                    image, self._home, accel=RACE_ACCEL, progress=self._progress
                )
                self._lab = RaceLab(image, self._owned.enter_context(hypervisor), compiler)
            return self._lab

    def prepare(self) -> None:
        """Have its template ready, booting it if there is none. Takes a minute then.

        Raises:
            PlatformFault: as :meth:`lab`, or the guest did not come up.
        """
        self.lab().hypervisor.prepare(cpus=RACE_CPUS)

    def close(self) -> None:
        with self._lock:
            self._lab = None
            self._owned.close()


@dataclass(frozen=True)
class Engine:
    """Opened once per process and used from any number of threads.

    ``guests`` is how many run at the same time; each has one processor for itself.
    """

    image: Image
    hypervisor: Hypervisor
    sandbox: Sandbox
    guests: int
    race: RaceKernel

    @classmethod
    @contextmanager
    def open(
        cls,
        home: Path,
        image_id: str = "default",
        accel: str = "auto",
        sandbox: str = "bwrap",
        *,
        race_image_id: str = RACE_IMAGE,
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
            closing(RaceKernel(home, sandbox, told, race_image_id)) as race,
        ):
            yield cls(image, hypervisor, compiler, guests or len(os.sched_getaffinity(0)), race)
