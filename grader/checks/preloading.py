"""A template of the submission's own, saved with the module loaded.

Most checks begin with insmod; it takes as long as the rest of a short one. So it is done once and
the guest is saved again. Each check still gets a kernel that nobody has used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from grader.checks.context import Loaded, Task
from grader.checks.device import Device, find_device, insert_module, look_around
from grader.checks.session import Lost, Session
from grader.errors import RingmarkError
from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor


class _NotLoaded(Exception):
    """The module did not load this time, though it did in the load check."""


@contextmanager
def preloaded(task: Task, hypervisor: Hypervisor) -> Iterator[Loaded | None]:
    """None when it cannot be made: every check then loads the module itself and shows why.

    Needs no survey, so that it can be made while the load check surveys.
    """
    found: list[Device] = []

    def load(guest: QemuGuest) -> None:
        found.append(_load(task, Session(guest)))

    with ExitStack() as owned:
        try:
            template = owned.enter_context(hypervisor.branch(load))
        except (RingmarkError, Lost, _NotLoaded):
            yield None
            return
        yield Loaded(template, found[0])


def _load(task: Task, session: Session) -> Device:
    before = look_around(session)
    if insert_module(session, task.module.data):
        raise _NotLoaded
    device = find_device(session, task.settings.device, before)
    if device is None:
        raise _NotLoaded
    return device
