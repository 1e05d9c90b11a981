"""How long a guest takes, restored and booted cold, on this host, now."""

from __future__ import annotations

import time
from pathlib import Path

from grader.guest.clock import threads
from grader.guest.hypervisor import Hypervisor


def measure_restore(hypervisor: Hypervisor, count: int, cpus: int = 1) -> list[float]:
    """Seconds from the start of QEMU to the agent's first answer, of ``count`` restores in turn.

    The template is made before, if it is missing.
    """
    hypervisor.prepare(cpus)
    return [_restored(hypervisor, cpus) for _ in range(count)]


def _restored(hypervisor: Hypervisor, cpus: int) -> float:
    started = time.monotonic()
    with hypervisor.restore(cpus):
        return time.monotonic() - started


def measure_boot(hypervisor: Hypervisor, count: int = 1, cpus: int = 1) -> list[float]:
    """Seconds from the start of QEMU to the agent's first answer, of ``count`` cold boots."""
    return [_booted(hypervisor, cpus) for _ in range(count)]


def _booted(hypervisor: Hypervisor, cpus: int) -> float:
    started = time.monotonic()
    with hypervisor.boot(cpus):
        return time.monotonic() - started


def measure_memory(hypervisor: Hypervisor, count: int = 3, cpus: int = 1) -> list[float]:
    """MiB of private memory that a restored guest costs when its agent has answered: QEMU and the
    pages of the template that it has written to, without what all share (proc(5), smaps_rollup).
    """
    return [_private(hypervisor, cpus) for _ in range(count)]


def _private(hypervisor: Hypervisor, cpus: int) -> float:
    with hypervisor.restore(cpus) as guest:
        family = {int(thread.parts[2]) for thread in threads(guest.process.pid)}
        return sum(map(_private_of, family)) / 1024


def _private_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
