"""A KCSAN report taken apart: two accesses to the same memory, who made them and how.

Strings are those of Linux 6.12's kernel/kcsan/report.c. What a pair of accesses means for a
student's module is not said here (``grader.checks.race_verdict``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.kernel_reports.frames import stack_line
from grader.kernel_reports.model import Frame, KernelReport

_ACCESS = re.compile(
    r"(?:race at unknown origin, with )?(?P<what>read-write|read|write|assert [a-z ]{1,20})"
    r"(?P<how>(?: \([a-z, ]{1,30}\))?) to 0x(?P<address>[0-9a-f]{1,16}) of (?P<size>\d{1,9}) bytes"
    r" by (?P<who>.{1,60}?) on cpu (?P<cpu>\d{1,4}):"
)
_CHANGED = re.compile(r"value changed: 0x[0-9a-f]+ -> 0x[0-9a-f]+")


@dataclass(frozen=True)
class Access:
    """One side. ``marked``: READ_ONCE, WRITE_ONCE, an atomic or a volatile, not a plain access.

    ``frames`` begin at the access itself; a kernel function that copies for the module
    (``_copy_from_user``) comes before the module's own.
    """

    reads: bool
    writes: bool
    marked: bool
    address: int
    size: int
    frames: tuple[Frame, ...]

    def frame(self, module: str) -> Frame | None:
        """The innermost frame of ``module``, by the kernel's name of it."""
        return next((f for f in self.frames if f.certain and f.module == module), None)


@dataclass(frozen=True)
class Race:
    """``changed``: whoever watched saw another value afterwards. Values of more than eight bytes
    are not compared, so there it is None."""

    one: Access
    other: Access
    changed: bool | None

    @property
    def sides(self) -> tuple[Access, Access]:
        return self.one, self.other


def race_in(report: KernelReport) -> Race | None:
    """The pair, or None: it is no KCSAN report, or one that was cut off or garbled."""
    if report.kind != "kcsan":
        return None
    sides: list[tuple[re.Match[str], list[Frame]]] = []
    reading, changed = False, False
    for line in report.text.split("\n"):
        if access := _ACCESS.match(line):
            sides.append((access, []))
            reading = True
        elif reading:
            item = stack_line(line)
            if isinstance(item, Frame):
                sides[-1][1].append(item)
            elif item is None:
                reading = False
        if not reading and _CHANGED.match(line):
            changed = True
    if len(sides) != 2 or not all(frames for _, frames in sides):
        return None
    one, other = (_access(*side) for side in sides)
    small = other.size <= 8  # the one that watched is printed last
    return Race(one, other, changed if small else None)


def _access(found: re.Match[str], frames: list[Frame]) -> Access:
    what = found["what"]
    return Access(
        reads=what in ("read", "read-write"),
        writes="write" in what and not what.startswith("assert"),
        marked="marked" in found["how"],
        address=int(found["address"], 16),
        size=int(found["size"]),
        frames=tuple(frames),
    )
