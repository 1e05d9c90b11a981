"""What every marking on this machine shares: the images, the guests' templates, the sandboxes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from grader.build import Sandbox, open_sandbox
from grader.checks.racing import RACE_ACCEL, RACE_CPUS, RaceLab
from grader.errors import ImageMissing
from grader.guest.capacity import cores, memory_mib, recommended_guests
from grader.guest.hypervisor import Hypervisor
from grader.guest.slots import Slots
from grader.image import RACE_IMAGE, Image, load_image

HERE = Path(__file__).parent

Progress = Callable[[str, float | None], None]


class RaceKernel:
    """The other kernel, which detects data races. Opened by the first check that needs it, for
    not every practical has one. Thread-safe.
    """

    def __init__(
        self,
        home: Path,
        sandbox: str,
        slots: Slots,
        progress: Progress,
        image_id: str = RACE_IMAGE,
    ) -> None:
        self._home = home
        self._image_id = image_id
        self._slots = slots
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
                    image,
                    self._home,
                    accel=RACE_ACCEL,
                    slots=self._slots,
                    progress=self._progress,
                )
                self._lab = RaceLab(image, self._owned.enter_context(hypervisor), compiler)
            return self._lab

    def image_id(self) -> str:
        """Of its image; empty when there is none, which practicals without such a check allow."""
        with self._lock:
            if self._lab is not None:
                return self._lab.image.id
        try:
            return load_image(self._home, self._image_id).id
        except ImageMissing:
            return ""

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

    ``guests`` is how many run at the same time, those of other processes on this host included.
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
        standby: bool = True,
        progress: Progress | None = None,
    ) -> Iterator[Engine]:
        """Load the image; templates are booted when first needed. ``guests``: how many at once on
        this host, by its processors and memory without. ``standby``: have a guest started before
        it is needed.

        Raises:
            PlatformFault: no image, no sandbox, no QEMU; the message says what to do.
        """
        image = load_image(home, image_id)
        slots = Slots(guests or recommended_guests(cores(), memory_mib()))
        told: Progress = progress or (lambda text, fraction: None)
        with (
            open_sandbox(sandbox, image) as compiler,
            Hypervisor(
                image, home, accel=accel, slots=slots, standby=standby, progress=told
            ) as hypervisor,
            closing(RaceKernel(home, sandbox, slots, told, race_image_id)) as race,
        ):
            yield cls(image, hypervisor, compiler, slots.count, race)

    def identity(self) -> str:
        """A digest (64 hexadecimal digits) of all that a verdict rests on, but for the submission,
        the rubric and the seed: this code and the images. Accelerator and sandbox are not in it:
        they give the same verdicts.
        """
        parts = (_code(), self.image.id, self.race.image_id())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _code() -> str:
    """A digest of the engine's sources, as this process has loaded them."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.suffix in (".py", ".yaml") and path.is_file():
            data = path.read_bytes()
            digest.update(f"{path.relative_to(HERE)} {len(data)}\n".encode() + data)
    return digest.hexdigest()
