"""What a module has to refuse, or to survive, done for what it may leak on the way out.

Nothing is judged here: whether it is refused as it should be is another check's.
"""

from __future__ import annotations

import os

from grader.checks.device import open_device
from grader.checks.say import Text
from grader.checks.session import Session
from grader.guest.protocol import calls

#: A pointer that stayed by chance in a register or a free piece of memory hides a leak, so once is
#: too little.
_TIMES = 3
#: More than any buffer of a fresh module holds, byte by byte and in one write.
_SHORT, _MANY, _LONG = b"short", 24, b"0123456789" * 5
#: No numbers, and one below what is stored.
_NO_SIZES = (b"many\n", b"\n", b"1\n")

ACTION = Text("what must be refused or fails", "ce qui doit être refusé ou échoue")


def misuse(session: Session, path: str, size: str | None, *, blocking: bool) -> None:
    """Write more than fits (where that does not wait), from and to bad pointers, and set sizes
    that are none. The buffer must be less than half full.

    Raises:
        Lost: a call did not come back.
    """
    session.begin("shell", ACTION)
    device = open_device(session, "shell", path, os.O_RDWR)
    if device >= 0:
        # What a failing read had taken may be gone, and where reads wait the next one would.
        wrong: list[calls.Call] = [
            calls.WriteBad(device, count=8, where="unmapped"),
            calls.Write(device, b"x\n"),
            calls.Read(device, 8, guard=0, where="unmapped"),
        ]
        if not blocking:
            short = [calls.Write(device, _SHORT)] * _MANY
            session.batch("shell", *short, calls.Write(device, _LONG))
        session.batch("shell", *(wrong * _TIMES), calls.Close(device))
    if size is not None:
        session.batch("shell", *(calls.WriteFile(size, text) for text in _NO_SIZES * _TIMES))
    session.note("shell", ACTION)
