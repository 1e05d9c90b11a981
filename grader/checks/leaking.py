"""What a module that is gone has left allocated, as kmemleak sees it.

A scan goes through all of the guest's memory: seconds of processor time. So it is made only where
something that a module allocated is still there: the kernel lists that in a moment (see
``vm_images/kernel/patches``).
"""

from __future__ import annotations

from grader.checks.device import LOOKER
from grader.checks.session import Session
from grader.guest.protocol import calls
from grader.kernel_reports import KernelReport, parse_kmemleak

_KMEMLEAK = "/sys/kernel/debug/kmemleak"


def find_leaks(session: Session) -> tuple[KernelReport, ...]:
    """What kmemleak finds now. Two scans: in the first every young object counts as in use."""
    if not _anything_left(session):
        return ()
    for _ in range(2):
        scanned = session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"scan"))
        if scanned.ret < 0:
            return ()
    found = session.platform_call(LOOKER, calls.ReadFile(_KMEMLEAK)).data
    return tuple(parse_kmemleak(found.decode("utf-8", "replace")))


def _anything_left(session: Session) -> bool:
    """Whether memory that was allocated under a module's function is still allocated. A kernel
    that cannot say is taken to have some.
    """
    asked = session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"modules=on"))
    if asked.ret < 0:
        return True
    left = session.platform_call(LOOKER, calls.ReadFile(_KMEMLEAK, cap=4096))
    session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"modules=off"))
    return left.ret != 0
