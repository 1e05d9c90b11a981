"""A guest that stands by is as fresh as any other, is replaced, and never outlives its owner."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls
from grader.image import Image, ringmark_home
from tests.grader.guest.processes import descendants, program

pytestmark = pytest.mark.image

DEADLINE = 60.0
MARK = "/run/ringmark/mark"


@pytest.fixture
def ready(image: Image) -> Iterator[Hypervisor]:
    with Hypervisor(image, ringmark_home(), accel="tcg", standby=True) as opened:
        opened.prepare()
        yield opened


def qemus() -> set[int]:
    return {pid for pid in descendants(os.getpid()) if program(pid) == "qemu-system-x86_64"}


def is_marked(guest: QemuGuest) -> bool:
    seen = guest.channel.call(guest.channel.spawn(), calls.Stat(MARK), DEADLINE)
    return seen.ret == 0


def test_each_is_fresh_and_another_one_follows(ready: Hypervisor) -> None:
    pids = set()
    for _ in range(3):
        with ready.restore() as guest:
            pids.add(guest.process.pid)
            assert not is_marked(guest)
            guest.channel.put(MARK, b"mine")
            assert all(seconds > 0 for seconds in guest.timings.values())
    assert len(pids) == 3


def test_more_than_stand_by_are_started_as_ever(ready: Hypervisor) -> None:
    with ready.restore() as first, ready.restore() as second, ready.restore() as third:
        first.channel.put(MARK, b"of the first")
        assert [is_marked(guest) for guest in (first, second, third)] == [True, False, False]


def test_one_that_died_meanwhile_is_no_loss(ready: Hypervisor) -> None:
    with ready.restore() as guest:
        mine = {guest.process.pid, *descendants(guest.process.pid)}
        until = time.monotonic() + DEADLINE
        while not (waiting := qemus() - mine):
            assert time.monotonic() < until, "none stands by"
        for pid in waiting:
            os.kill(pid, signal.SIGKILL)
    with ready.restore() as guest:
        assert guest.channel.hello(DEADLINE).release == ready.image.release


def test_none_is_left_when_its_owner_closes(image: Image) -> None:
    before = qemus()
    with Hypervisor(image, ringmark_home(), accel="tcg", standby=True) as opened:
        opened.prepare()
        with opened.restore():
            pass
    assert qemus() == before


def test_a_process_forked_meanwhile_leaves_its_parents_alone(ready: Hypervisor) -> None:
    child = os.fork()
    if child == 0:
        try:
            with ready.restore() as guest:
                guest.channel.put(MARK, b"of the child")
            ready.__exit__()
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with ready.restore() as guest:
        assert not is_marked(guest)
