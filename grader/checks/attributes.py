"""Find the module's sysfs attributes, wherever it put them, so that a wrong name or place costs one
criterion.

What a module made is the difference between sysfs before and after insmod.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.checks.device import LOOKER
from grader.checks.session import Session
from grader.guest.protocol import calls
from grader.rubric.schema import Attributes as Names

_FOLDER, _FILE, _LINK = 4, 8, 10  # d_type, readdir(3)
#: Folders in which a module may make one of its own.
_PARENTS = ("/sys/kernel", "/sys", "/sys/devices", "/sys/class", "/sys/class/misc", "/sys/fs")
#: What the kernel itself puts into a module's or a device's folder.
_STANDARD = frozenset(
    """
    holders notes sections drivers uevent power subsystem device driver dev refcnt srcversion taint
    version coresize initsize initstate
    """.split()  # noqa: SIM905 - one word each, to be read
)
_MOST = 32


@dataclass(frozen=True)
class Entry:
    """A name in sysfs; ``kind`` is its d_type."""

    path: str
    kind: int


@dataclass(frozen=True)
class Attributes:
    """Where the attributes are; None: there is none that could be meant. ``others`` can be
    written to and are neither.
    """

    size: str | None = None
    count: str | None = None
    others: tuple[str, ...] = ()


def look_into_sysfs(session: Session) -> frozenset[Entry]:
    """What is there before insmod, as far as modules add to it."""
    return frozenset(entry for parent in _PARENTS for entry in _listing(session, parent))


def find_attributes(
    session: Session, names: Names, module: str, before: frozenset[Entry]
) -> Attributes:
    """By name where the handout has them, else by a name like it, else by what they hold."""
    folder = f"/sys/kernel/{names.folder}"
    files = _files(session, module, before, folder)
    size = _named(files, names.size, ("size", "taille"))
    count = _named(files, names.count, ("count", "compte", "nb_"))
    if size is None or count is None:
        numbers = {path: read_number(session, path) for path in files if path not in (size, count)}
        if size is None:
            fitting = [path for path, number in numbers.items() if number and number > 0]
            size = next((path for path in fitting if writable(session, path)), None)
        if count is None:
            fitting = [path for path, number in numbers.items() if number == 0 and path != size]
            count = next((path for path in fitting if not writable(session, path)), None)
    others = [path for path in files if path not in (size, count) and writable(session, path)]
    return Attributes(size, count, tuple(others))


def read_number(session: Session, path: str) -> int | None:
    """What an attribute holds; None if it cannot be read or is no decimal number."""
    seen = session.call("shell", calls.ReadFile(path, cap=4096))
    return decimal(seen.data) if seen.ret >= 0 else None


def decimal(text: bytes) -> int | None:
    """Digits, with at most white space around them."""
    word = text.strip(b" \t\n\0")
    return int(word) if word.isdigit() and len(word) < 20 else None


def writable(session: Session, path: str) -> bool:
    """Whether anybody may write to it."""
    seen = session.call(LOOKER, calls.Stat(path))
    return seen.ret == 0 and bool(calls.decode_stat(seen.data).mode & 0o222)


def _named(files: list[str], right: str, like: tuple[str, ...]) -> str | None:
    exact = [path for path in files if path.rpartition("/")[2] == right]
    close = [
        path for path in files if any(word in path.rpartition("/")[2].lower() for word in like)
    ]
    return next(iter(exact + close), None)


def _files(session: Session, module: str, before: frozenset[Entry], wanted: str) -> list[str]:
    """The module's own files, those of the right folder first."""
    waiting = [Entry(wanted, _FOLDER), *_new(session, module, before)]
    found: dict[str, None] = {}
    depths = {entry.path: 0 for entry in waiting}
    for entry in waiting:  # grows
        if entry.kind == _FILE:
            found[entry.path] = None
            continue
        for inside in _listing(session, entry.path):
            if inside.kind == _FILE:
                found[inside.path] = None
            elif inside.path not in depths and depths[entry.path] < 2 and len(waiting) < _MOST:
                depths[inside.path] = depths[entry.path] + 1
                waiting.append(inside)
    return list(found)[:_MOST]


def _new(session: Session, module: str, before: frozenset[Entry]) -> Iterator[Entry]:
    for parent in _PARENTS:
        yield from (entry for entry in _listing(session, parent) if entry not in before)
    yield Entry(f"/sys/module/{module}", _FOLDER)


def _listing(session: Session, folder: str) -> list[Entry]:
    """Sorted, without what the kernel makes everywhere."""
    seen = session.call(LOOKER, calls.ListDir(folder))
    names = [
        (name.decode("utf-8", "replace"), kind) for name, kind in calls.decode_listing(seen.data)
    ]
    return [
        Entry(f"{folder}/{name}", kind) for name, kind in sorted(names) if name not in _STANDARD
    ]
