"""Looking at processes and descriptors from outside, through /proc."""

from __future__ import annotations

from pathlib import Path


def descriptors() -> set[str]:
    """What this process has open, by its targets."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{entry.name} {entry.readlink()}")
        except FileNotFoundError:  # the descriptor of the listing itself
            continue
    return found


def descendants(pid: int) -> list[int]:
    """All processes below ``pid``, of all its threads."""
    below: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in map(int, children):
            below += [child, *descendants(child)]
    return below


def program(pid: int) -> str:
    """The file name of what a process runs; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name
    except (FileNotFoundError, ProcessLookupError):
        return ""


def qemu_below(pid: int) -> int:
    """The QEMU among the processes below ``pid``."""
    for child in descendants(pid):
        if program(child) == "qemu-system-x86_64":
            return child
    raise AssertionError(f"no QEMU below {pid}")
