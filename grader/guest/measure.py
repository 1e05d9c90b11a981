"""How long a guest takes: restored and booted cold, on this host, now."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from grader.guest.hypervisor import Hypervisor


@dataclass(frozen=True)
class Sample:
    """One guest, in seconds. ``total`` is from the start of QEMU to the agent's first answer."""

    total: float
    parts: dict[str, float]


def measure_restore(hypervisor: Hypervisor, count: int, cpus: int = 1) -> list[Sample]:
    """Restore ``count`` guests one after the other. The template is made first if missing."""
    hypervisor.prepare(cpus)
    samples = []
    for _ in range(count):
        started = time.monotonic()
        with hypervisor.restore(cpus) as guest:
            samples.append(Sample(time.monotonic() - started, dict(guest.timings)))
    return samples


def measure_cold_boot(hypervisor: Hypervisor, cpus: int = 1) -> Sample:
    """Boot one guest from nothing to its agent's first answer."""
    started = time.monotonic()
    with hypervisor.boot(cpus) as guest:
        return Sample(time.monotonic() - started, dict(guest.timings))


def median_total(samples: list[Sample]) -> float:
    """The median of the totals, in seconds."""
    return statistics.median(sample.total for sample in samples)
