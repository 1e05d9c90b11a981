"""How a guest ended, told from what QEMU and the console said.

Sources: QEMU qapi/run-state.json (SHUTDOWN and its ShutdownCause, GUEST_PANICKED) and
target/i386/tcg/excp_helper.c ("Triple fault" under -d cpu_reset); Linux kernel/panic.c for the
two lines of a panic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

DeathKind = Literal["panic", "reset", "shutdown", "triple-fault", "qemu-exit", "killed"]

#: The kernel's own line, time stamp and caller in front of it, if it prints them.
PANIC_LINE = re.compile(
    rb"(?:^|\n)(?:\[ *\d+\.\d+\](?:\[ *[CT]\d+\])? )?Kernel panic - not syncing[^\r\n]*"
)
#: The last thing that a panicking kernel prints.
PANIC_END = re.compile(rb"---\[ end Kernel panic - not syncing[^\r\n]*\]---")
#: What a program says on stderr, told from the register dumps around it.
PROGRAM_LINE = re.compile(r"^(?:qemu|bwrap|setpriv|prlimit)[^:\n]*: .*$", re.MULTILINE)


@dataclass(frozen=True)
class Death:
    """The end of a guest. ``detail`` is one line for a person, of the guest's or QEMU's words."""

    kind: DeathKind
    detail: str


@dataclass(frozen=True)
class LastWords:
    """All that is known when QEMU's process has ended.

    ``reason`` is the SHUTDOWN event's, ``panicked`` whether GUEST_PANICKED came or the console
    showed a panic, ``killed`` whether we ended it ourselves.
    """

    reason: str | None = None
    panicked: bool = False
    panic_line: str = ""
    killed: bool = False
    exit_code: int = 0
    stderr: str = ""


def classify(last: LastWords) -> Death:
    """Name the cause. A panic comes before the reset or the kill that followed it."""
    if last.panicked or last.reason == "guest-panic":
        return Death("panic", last.panic_line or "the guest's kernel panicked")
    if last.reason == "guest-reset":
        if "Triple fault" in last.stderr:
            return Death("triple-fault", "a triple fault: an exception that could not be delivered")
        return Death("reset", "the guest reset the machine")
    if last.reason == "guest-shutdown":
        return Death("shutdown", "the guest switched the machine off")
    if last.killed:
        return Death("killed", "the host ended the guest")
    said = PROGRAM_LINE.findall(last.stderr)
    words = f": {said[-1][:300]}" if said else ""
    return Death("qemu-exit", f"QEMU ended by itself with exit code {last.exit_code}{words}")
