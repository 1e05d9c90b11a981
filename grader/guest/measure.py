"""How long a guest takes, restored and booted cold, on this host, now."""

from __future__ import annotations

import time

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
