"""What a module that is gone has left allocated, as kmemleak sees it.

A scan goes through all of the guest's memory: seconds of processor time. So it is made only where
something that a module allocated is still there: the kernel lists that in a moment (see
``vm_images/kernel/patches``).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from grader.checks.context import Load, Task
from grader.checks.device import LOOKER
from grader.checks.session import Lost, Session
from grader.errors import PlatformFault
from grader.guest.protocol import calls
from grader.kernel_reports import KernelReport, parse_kmemleak

_KMEMLEAK = "/sys/kernel/debug/kmemleak"
#: A look takes a quarter of a second, a scan twenty times as long.
_LOOKS = 4
#: Of the code sections these hold what can allocate and still be referred to after init.
_CODE_SECTIONS = (".text", ".init.text")


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


def leaks_at_end(
    session: Session, task: Task, opened: Iterable[tuple[str, int]], *, unloaded: bool = False
) -> tuple[KernelReport, ...]:
    """What is there without the module when a check is over; none where it cannot be unloaded, or
    something is lost on the way: neither is this check's to judge.

    ``opened``: actors and their descriptors of the device. They are closed; to end the actors would
    take half a second for each.
    """
    with suppress(Lost, PlatformFault):
        if not unloaded:
            for name, descriptor in opened:
                if name in session.actors:
                    session.call(name, calls.Close(descriptor))
            gone = session.platform_call(LOOKER, calls.DeleteModule(task.module.kernel_name))
            if gone.ret != 0:
                return ()
        return find_leaks(session, own_files(task))
    return ()


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


def own_files(task: Task) -> list[str]:
    """Files of the module's that checks look up."""
    known = task.attributes
    return [path for path in (known.size, known.count, *known.others) if path]


def load_now(task: Task, session: Session) -> list[Load]:
    """Where the loaded module lies, from /proc/modules: ``name size refs deps state address
    taint``. Empty if that does not say.
    """
    table = session.call(LOOKER, calls.ReadFile("/proc/modules")).data.decode("ascii", "replace")
    for line in table.splitlines():
        words = line.split()
        if len(words) >= 6 and words[0] == task.module.kernel_name and words[1].isdecimal():
            base = int(words[5], 16) if words[5].startswith("0x") else 0
            if base:
                sections = {name: _section(task, session, name) for name in _CODE_SECTIONS}
                known = {name: at for name, at in sections.items() if at}
                return [Load(base, base + int(words[1]), known)]
    return []


def _section(task: Task, session: Session, name: str) -> int:
    """Where a section of the loaded module is; 0 if it has none of that name."""
    path = f"/sys/module/{task.module.kernel_name}/sections/{name}"
    text = session.call(LOOKER, calls.ReadFile(path)).data.strip()
    return int(text, 16) if text.startswith(b"0x") else 0
