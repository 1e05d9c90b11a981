"""Who works in a guest of a race check: writers and readers on both processors, and one who sets
the size where there is one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from grader.checks.device import find_device, insert_module, look_around
from grader.checks.session import Session
from grader.guest.channel import Actor
from grader.guest.protocol import calls

#: A writer and a reader on each processor. Who sets the size goes where there is room.
WRITER_CPUS = (0, 1)
READER_CPUS = (1, 0)


class ModuleRefused(Exception):
    """The module did not load here, though it did on the other kernel, or made no device."""


@dataclass(frozen=True)
class Team:
    """Who works in a guest: tasks with the device open, and one with the size attribute open, if
    there is one; ``sizes``: what that one sets in turn, in numbers of one length.
    """

    writers: list[Actor]
    readers: list[Actor]
    resizer: Actor | None = None
    sizes: tuple[int, int] = (0, 0)


def load_and_open(
    session: Session, module: bytes, device: str, size: str | None = None, capacity: int = 16
) -> Team | None:
    """insmod, and actors with the device open. ``size``: the path of its attribute, ``capacity``
    what it usually is.

    None if not all can have the device open at once. They open it one after the other: what
    open() does is not what is tried.

    Raises:
        Lost: a call never came back, or the guest is gone.
        ModuleRefused: see there.
    """
    before = look_around(session)
    if insert_module(session, module):
        raise ModuleRefused
    found = find_device(session, device, before)
    if found is None:
        raise ModuleRefused
    actors = []
    for number, cpu in enumerate((*WRITER_CPUS, *READER_CPUS)):
        writes = number < len(WRITER_CPUS)
        name = f"{'writer' if writes else 'reader'} {number}"
        session.actors[name] = session.guest.channel.spawn(cpu)
        mode = os.O_WRONLY if writes else os.O_RDONLY
        if session.call(name, calls.Open(found.path, mode | os.O_CLOEXEC)).ret < 0:
            return None
        actors.append(session.actors[name])
    count = len(WRITER_CPUS)
    return Team(actors[:count], actors[count:], _resizer(session, size), sizes_for(capacity))


def _resizer(session: Session, size: str | None) -> Actor | None:
    if size is None:
        return None
    name = "resizer"
    session.actors[name] = session.guest.channel.spawn()
    seen = session.call(name, calls.Open(size, os.O_WRONLY | os.O_CLOEXEC))
    return session.actors[name] if seen.ret >= 0 else None


def sizes_for(capacity: int) -> tuple[int, int]:
    """The usual size, and the next one that has as many digits."""
    larger = min(capacity + max(1, capacity // 2), 10 ** len(str(capacity)) - 1)
    return capacity, larger if larger > capacity else capacity - 1
