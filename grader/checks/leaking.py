"""What a module that is gone has left allocated, as kmemleak sees it.

A scan goes through all of the guest's memory: seconds of processor time. So it is made only where
something that a module allocated is still there: the kernel lists that in a moment (see
``vm_images/kernel/patches``).
"""

from __future__ import annotations

from collections.abc import Iterable

from grader.checks.device import LOOKER
from grader.checks.session import Session
from grader.guest.protocol import calls
from grader.kernel_reports import KernelReport, parse_kmemleak

_KMEMLEAK = "/sys/kernel/debug/kmemleak"
#: A look takes a quarter of a second, a scan twenty times as long.
_LOOKS = 4


def find_leaks(session: Session, gone: Iterable[str] = ()) -> tuple[KernelReport, ...]:
    """What kmemleak finds now. Two scans: in the first every young object counts as in use.

    ``gone``: files of the module's that were looked up while they were there. The kernel keeps
    their names until somebody asks again.
    """
    for path in gone:
        session.platform_call(LOOKER, calls.Stat(path))
    if not _anything_left(session):
        return ()
    for _ in range(2):
        scanned = session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"scan"))
        if scanned.ret < 0:
            return ()
    found = session.platform_call(LOOKER, calls.ReadFile(_KMEMLEAK)).data
    return tuple(parse_kmemleak(found.decode("utf-8", "replace")))


def _anything_left(session: Session) -> bool:
    """Whether memory that was allocated under a module's function is still allocated, look after
    look: some is freed a grace period later. A kernel that cannot say is taken to have some.
    """
    asked = session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"modules=on"))
    if asked.ret < 0:
        return True
    left = True
    for _ in range(_LOOKS):
        left = session.platform_call(LOOKER, calls.ReadFile(_KMEMLEAK, cap=4096)).ret != 0
        if not left:
            break
    session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"modules=off"))
    return left
