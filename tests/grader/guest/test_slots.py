"""Places for guests, shared by the processes of a host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from grader.guest.slots import Slots

#: Takes places in another process, says so, and holds them until its standard input ends.
HOLDER = """
import sys
from grader.guest.slots import Slots
with Slots(int(sys.argv[1]), sys.argv[2]).take(int(sys.argv[3])):
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
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(count), pool, str(wanted)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def let_go(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


class Taker(threading.Thread):
    """Waits for places; ``order`` tells who got theirs."""

    def __init__(self, slots: Slots, wanted: int, name: str, order: list[str]) -> None:
        super().__init__(daemon=True)
        self.slots, self.wanted, self.order = slots, wanted, order
        self.name = name

    def run(self) -> None:
        with self.slots.take(self.wanted):
            self.order.append(self.name)


def waiting(slots: Slots) -> None:
    """Until somebody sleeps in the kernel for the places or for the turn."""
    while not (slots._free.waiting_for_nonzero or slots._turn.waiting_for_nonzero):
        pass


def test_a_place_taken_elsewhere_is_waited_for(pool: str) -> None:
    other = holder(pool, 1, 1)
    assert other.stdout is not None and other.stdout.readline() == "taken\n"
    order: list[str] = []
    mine = Taker(Slots(1, pool), 1, "mine", order)
    mine.start()
    waiting(mine.slots)

    assert order == []
    let_go(other)
    mine.join(30)
    assert order == ["mine"]


def test_a_killed_process_gives_back_what_it_held(pool: str) -> None:
    other = holder(pool, 2, 2)
    assert other.stdout is not None and other.stdout.readline() == "taken\n"
    other.kill()
    other.wait()

    order: list[str] = []
    mine = Taker(Slots(2, pool), 2, "mine", order)
    mine.start()
    mine.join(30)
    assert order == ["mine"]


def test_small_ones_do_not_pass_a_big_one_that_waits(pool: str) -> None:
    slots, order = Slots(2, pool), list[str]()
    with slots.take(1):
        big = Taker(slots, 2, "big", order)
        big.start()
        while not slots._free.waiting_for_nonzero:
            pass
        small = Taker(slots, 1, "small", order)
        small.start()
        while not slots._turn.waiting_for_nonzero:
            pass
        assert order == []
    big.join(30)
    small.join(30)
    assert order == ["big", "small"]


def test_more_than_there_are_is_all_of_them(pool: str) -> None:
    slots = Slots(2, pool)
    with slots.take(5):
        assert slots._free.value == 0
    assert slots._free.value == 2


def test_a_signal_does_not_end_the_wait(pool: str) -> None:
    """Celery sends its children signals; who waits goes on waiting afterwards."""
    other = holder(pool, 1, 1)
    assert other.stdout is not None and other.stdout.readline() == "taken\n"
    seen: list[int] = []

    def on_signal(number: int, frame: object) -> None:
        seen.append(number)
        other.communicate()

    def interrupt() -> None:
        waiting(slots)
        os.kill(os.getpid(), signal.SIGUSR1)

    slots = Slots(1, pool)
    before = signal.signal(signal.SIGUSR1, on_signal)
    try:
        threading.Thread(target=interrupt, daemon=True).start()
        with slots.take(1):
            assert seen == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)
