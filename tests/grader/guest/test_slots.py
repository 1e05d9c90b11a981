"""Places for guests, shared by the processes of a host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from grader.guest.slots import Slots

#: Takes places in another process, says so, and holds them until its standard input ends.
HOLDER = """
import sys, threading
from contextlib import ExitStack
from grader.guest.slots import Slots
slots = Slots(int(sys.argv[1]), sys.argv[2])
with ExitStack() as held:
    for _ in range(int(sys.argv[3])):
        held.enter_context(slots.take())
    print("taken", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def pool() -> Iterator[str]:
    name = f"test {os.getpid()}"
    yield name
    for count in (1, 2, 3):
        Slots(count, name).remove()


def holder(pool: str, count: int, wanted: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(count), pool, str(wanted)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "taken\n"
    return process


def let_go(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


class Taker(threading.Thread):
    """Waits for a place, says that it has it, and holds it until told."""

    def __init__(self, slots: Slots) -> None:
        super().__init__(daemon=True)
        self.slots = slots
        self.has_it, self.may_go = threading.Event(), threading.Event()
        self.waited = 0.0
        self.start()

    def run(self) -> None:
        with self.slots.take():
            self.waited = self.slots.waited()
            self.has_it.set()
            self.may_go.wait(30)

    def end(self) -> None:
        self.may_go.set()
        self.join(30)


def waiting(slots: Slots) -> None:
    """Until somebody sleeps in the kernel for a place."""
    while not slots._free.waiting():
        pass


def test_as_many_guests_as_places(pool: str) -> None:
    slots = Slots(2, pool)
    first, second = Taker(slots), Taker(slots)
    assert first.has_it.wait(30) and second.has_it.wait(30)
    third = Taker(slots)
    waiting(slots)
    assert not third.has_it.is_set()

    second.end()
    assert third.has_it.wait(30)
    for each in (first, third):
        each.end()
    assert slots._free.value() == 2


def test_a_place_taken_elsewhere_is_waited_for(pool: str) -> None:
    other, slots = holder(pool, 2, 2), Slots(2, pool)
    first, second = Taker(slots), Taker(slots)
    waiting(slots)
    let_go(other)
    assert first.has_it.wait(30) and second.has_it.wait(30)
    for each in (first, second):
        each.end()


def test_the_first_guest_of_a_process_waits_for_nobody(pool: str) -> None:
    other = holder(pool, 2, 2)
    with Slots(2, pool).take():
        assert other.poll() is None
    let_go(other)


def test_who_waits_goes_on_when_its_process_has_nothing_running(pool: str) -> None:
    other, slots = holder(pool, 2, 2), Slots(2, pool)
    first = Taker(slots)
    assert first.has_it.wait(30)
    second = Taker(slots)
    waiting(slots)
    assert not second.has_it.is_set()

    first.end()
    assert second.has_it.wait(30)
    assert other.poll() is None  # which still holds both places
    second.end()
    let_go(other)
    assert slots._free.value() == 2


def test_a_killed_process_gives_back_what_it_held(pool: str) -> None:
    other = holder(pool, 2, 2)
    other.kill()
    other.wait()

    slots = Slots(2, pool)
    takers = [Taker(slots), Taker(slots)]
    assert all(each.has_it.wait(30) for each in takers)
    for each in takers:
        each.end()
    assert slots._free.value() == 2


def test_a_thread_knows_how_long_it_has_waited(pool: str) -> None:
    slots = Slots(1, pool)
    first = Taker(slots)
    assert first.has_it.wait(30)
    second = Taker(slots)
    waiting(slots)
    seen = time.monotonic()
    while time.monotonic() - seen < 0.2:
        pass
    first.end()
    assert second.has_it.wait(30)
    second.end()
    assert second.waited >= 0.2 > first.waited


def test_a_signal_does_not_end_the_wait(pool: str) -> None:
    """Celery sends its children signals; who waits goes on waiting afterwards."""
    other, slots = holder(pool, 1, 1), Slots(1, pool)
    seen: list[int] = []
    first = Taker(slots)
    assert first.has_it.wait(30)

    def on_signal(number: int, frame: object) -> None:
        seen.append(number)
        first.may_go.set()
        other.communicate()

    def interrupt() -> None:
        waiting(slots)
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, on_signal)
    try:
        threading.Thread(target=interrupt, daemon=True).start()
        with slots.take():
            assert seen == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)
        first.join(30)
