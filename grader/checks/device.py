"""Find the module's device, wherever the module put it, so that a wrong name costs one criterion.

What a module registered is the difference between the guest before and after insmod. The guest
before is the same for every check (all come from one template), so it is looked at once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from grader.checks.say import result
from grader.checks.session import MODULE_PATH, Session
from grader.guest.protocol import calls

_S_IFMT, _S_IFCHR = 0o170000, 0o020000
#: The actor that looks around. Its calls never touch the module's own functions.
LOOKER = "looker"


@dataclass(frozen=True)
class Surroundings:
    """What the guest has registered: nodes in /dev, character majors, misc minors."""

    nodes: frozenset[str]
    majors: frozenset[tuple[int, str]]
    misc: frozenset[tuple[int, str]]

    def beyond(self, before: Surroundings) -> Surroundings:
        """What is here and was not there before."""
        return Surroundings(
            self.nodes - before.nodes, self.majors - before.majors, self.misc - before.misc
        )

    def __bool__(self) -> bool:
        return bool(self.nodes or self.majors or self.misc)

    def describe(self) -> str:
        parts = [f"/dev/{name}" for name in sorted(self.nodes)]
        parts += [f"major {number} ({name})" for number, name in sorted(self.majors)]
        parts += [f"misc minor {number} ({name})" for number, name in sorted(self.misc)]
        return ", ".join(parts)


@dataclass(frozen=True)
class Device:
    """Where to open the device. ``made``: the node is ours, the module made none."""

    path: str
    made: bool = False


def look_around(session: Session) -> Surroundings:
    return Surroundings(_nodes(session), _majors(session), _misc(session))


def left_behind(session: Session, before: Surroundings) -> Surroundings:
    """What is there after rmmod and was not before.

    The list of misc devices is read last, and only if /dev shows nothing: an entry left in it
    lies in the module that is gone, and the kernel oopses on its own way through the list.
    """
    left = Surroundings(_nodes(session), _majors(session), before.misc).beyond(before)
    return left or Surroundings(before.nodes, before.majors, _misc(session)).beyond(before)


def _nodes(session: Session) -> frozenset[str]:
    listing = session.call(LOOKER, calls.ListDir("/dev"))
    return frozenset(
        name.decode("utf-8", "replace") for name, _ in calls.decode_listing(listing.data)
    )


def _majors(session: Session) -> frozenset[tuple[int, str]]:
    table = session.call(LOOKER, calls.ReadFile("/proc/devices")).data
    return _numbered(table.split(b"Block devices:")[0])


def _misc(session: Session) -> frozenset[tuple[int, str]]:
    return _numbered(session.call(LOOKER, calls.ReadFile("/proc/misc")).data)


def _numbered(table: bytes) -> frozenset[tuple[int, str]]:
    """Lines of ``<number> <name>``; anything else (headings) is skipped."""
    rows = set()
    for line in table.decode("utf-8", "replace").splitlines():
        number, _, name = line.strip().partition(" ")
        if number.isdecimal():
            rows.add((int(number), name.strip()))
    return frozenset(rows)


def insert_module(session: Session, module: bytes) -> int:
    """insmod. Returns 0 or the errno."""
    session.guest.channel.put(MODULE_PATH, module)
    session.begin("root", "insmod")
    seen = session.call("insmod", calls.InsertModule(MODULE_PATH))
    session.note(
        "root", "insmod", expected="0", seen=result(seen.ret, seen.errno), ok=seen.ret == 0
    )
    return 0 if seen.ret == 0 else seen.errno


def find_device(session: Session, name: str, before: Surroundings) -> Device | None:
    """The node that the module made, under whatever name; else one made for it; else None."""
    wanted = f"/dev/{name}"
    if is_character(session, wanted):
        return Device(wanted)
    new = look_around(session).beyond(before)
    for node in sorted(new.nodes):
        if is_character(session, f"/dev/{node}"):
            return Device(f"/dev/{node}")
    numbers = [(10, minor) for minor, _ in sorted(new.misc)]
    numbers += [(major, 0) for major, _ in sorted(new.majors)]
    if not numbers:
        return None
    major, minor = numbers[0]
    path = f"/dev/ringmark-{name}"  # /run and /tmp are mounted nodev
    made = session.call(LOOKER, calls.MakeNode(path, _S_IFCHR | 0o666, major, minor))
    session.note("root", f"mknod {path} c {major} {minor}", seen=result(made.ret, made.errno))
    return Device(path, made=True) if made.ret == 0 else None


def is_character(session: Session, path: str) -> bool:
    seen = session.call(LOOKER, calls.Stat(path))
    return seen.ret == 0 and calls.decode_stat(seen.data).mode & _S_IFMT == _S_IFCHR


def open_device(session: Session, actor: str, path: str, flags: int) -> int:
    """Returns the descriptor, or -errno."""
    seen = session.call(actor, calls.Open(path, flags | os.O_CLOEXEC))
    return seen.ret if seen.ret >= 0 else -seen.errno
