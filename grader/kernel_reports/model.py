"""The values: a frame, a report, and what else a report says about who did what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.report import FindingKind

#: Where outside its stack a report names a place in the code (or, for ``variable`` and ``lock``,
#: a place in the data).
Role = Literal[
    "title",
    "held-lock",
    "dependency",
    "preempt-off",
    "released",
    "hint",
    "handler",
    "irqs-off",
    "allocated",
    "freed",
    "stack-object",
    "variable",
    "lock",
]


@dataclass(frozen=True)
class Frame:
    """One ``function+0xoffset/0xsize [module]``.

    ``offset`` and ``size`` are in bytes. ``certain`` is False for the ``? `` frames that the
    unwinder does not vouch for. ``is_return``: the offset is a return address, so the line to show
    is that of the byte before it; False for the place of an oops or warning itself (RIP) and for a
    function's start.
    """

    function: str
    offset: int
    size: int
    module: str | None
    certain: bool
    is_return: bool = True


@dataclass(frozen=True)
class Entry:
    """A frame that the report names outside its stack, and in which role. ``lock``: the lock that
    it is about, as the kernel names it (``&buf->mutex``), if it is.
    """

    role: Role
    frame: Frame
    lock: str = ""


@dataclass(frozen=True)
class KernelReport:
    """One complaint of the kernel's.

    ``text`` is the report without the console's time and caller prefixes, other processors' lines
    left out. ``frames`` is its own stack (both stacks of a data race), innermost first. ``line``
    is the index of its first console line, from 0. ``addresses`` are the raw ones: frames that
    had no symbol any more, and the address that was touched.
    """

    kind: FindingKind
    title: str
    text: str
    frames: tuple[Frame, ...]
    line: int
    task: str | None
    pid: int | None
    addresses: tuple[int, ...]
    entries: tuple[Entry, ...] = ()
