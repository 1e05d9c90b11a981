"""How many guests this host, or this container, has processors and memory for."""

from __future__ import annotations

import os
from pathlib import Path

#: MiB that a guest may cost beyond its RAM: QEMU itself and translated code.
GUEST_OVERHEAD = 200
#: MiB that a process that marks may hold: Python, and the RAM of the templates with one and with
#: two processors, of the race kernel's and of the submission's own (200 each, docs/guests.md), and
#: a guest that stands by (20).
PROCESS = 1200
#: MiB of a guest's RAM.
GUEST_MEMORY = 512
#: Where the limits of this process's own control group are (version 2; kernel,
#: admin-guide/cgroup-v2.rst). A container sees its own group as the root.
CGROUP = Path("/sys/fs/cgroup")
MIB = 1 << 20


def recommended_processes(cores: int, memory_mib: int) -> int:
    """How many submissions to mark at once, a process each: one for each core, if the memory holds
    them with a guest each. At least 1.
    """
    return max(1, min(cores, memory_mib // (PROCESS + GUEST_MEMORY + GUEST_OVERHEAD)))


def recommended_guests(cores: int, memory_mib: int) -> int:
    """How many guests to run at once, of all these processes together: one for each core, if the
    memory holds them. At least 1.
    """
    left = memory_mib - recommended_processes(cores, memory_mib) * PROCESS
    return max(1, min(cores, left // (GUEST_MEMORY + GUEST_OVERHEAD)))


def cores(cgroup: Path = CGROUP) -> int:
    """Processors that this process may use, a container's share rounded up."""
    there = len(os.sched_getaffinity(0))
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if quota.isdecimal() and period.strip().isdecimal():
        return max(1, min(there, -(-int(quota) // int(period))))
    return there


def memory_mib(cgroup: Path = CGROUP) -> int:
    """MiB of memory that this process may use, with all others of its container."""
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    limit = _read(cgroup / "memory.max").strip()
    return min(there, int(limit) // MIB) if limit.isdecimal() else there


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # no limit, or the older kind of control groups
