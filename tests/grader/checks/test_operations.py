"""Judging, against devices simulated in Python: a correct one passes, each defect is caught."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.context import draw
from grader.checks.operations import Deviation, Operations
from grader.checks.random_sequence import Operation, _allowed, _draw
from grader.checks.random_sequence import _do as do_random
from grader.checks.sequence import _do
from grader.checks.session import Session
from grader.checks.shrinking import shorten
from grader.model import start
from grader.model.ring import Judge
from grader.rubric import load_rubric, schema, steps
from grader.texts import same
from tests.grader.checks.simulated import Device, SimulatedSession

RUBRIC = load_rubric("tp1")
SEQUENCES = {
    check.id: (criterion.id, check)
    for criterion in RUBRIC.criteria
    for check in criterion.checks
    if isinstance(check, schema.SequenceCheck)
}


def operations(device: Device, check: schema.SequenceCheck | None, opens: str) -> Operations:
    policies = ("keep",) if device.newline == "keep" else ("strip", "drop-last")
    if check is not None and not check.drop_last:
        policies = tuple(p for p in policies if p != "drop-last")
    return Operations(
        cast(Session, SimulatedSession(device)),
        "/dev/asee_mod",
        start(policies, 16),  # type: ignore[arg-type]
        judge=check.judge if check else cast(Judge, "bytes"),
        strict=check.strict_returns if check else False,
        once=opens == "once",
    )


def passes(make: type[Device], check: schema.SequenceCheck, seed: int, **how: str) -> bool:
    """As the engine decides: the first way of opening that passes counts."""
    for opens in check.opens:
        device = operations(make(**how), check, opens)  # type: ignore[arg-type]
        payloads = draw(check.draw, random.Random(seed))
        try:
            for step in check.steps:
                _do(step, device, payloads, {})
        except Deviation:
            continue
        return True
    return False


def lost(make: type[Device], **how: str) -> set[str]:
    """Criteria with sequences that this device loses (order's random checks included)."""
    found = {
        criterion
        for criterion, check in SEQUENCES.values()
        if not all(passes(make, check, seed, **how) for seed in range(6))
    }
    if not all(random_passes(make, seed, **how) for seed in range(6)):
        found.add("tp1.order")
    return found


RANDOM = next(c for k in RUBRIC.criteria for c in k.checks if isinstance(c, schema.RandomCheck))


def random_steps(device: Operations, dice: random.Random, count: int) -> list[Operation]:
    done: list[Operation] = []
    for _ in range(count):
        do_random(_draw(RANDOM, device, dice, 16), device, done)
    return done


def random_passes(make: type[Device], seed: int, **how: str) -> bool:
    for opens in ("each", "once"):
        device = operations(make(**how), None, opens)  # type: ignore[arg-type]
        dice = random.Random(seed)
        try:
            random_steps(device, dice, 40)
            device.cat("shell")
        except Deviation:
            continue
        return True
    return False


class Lifo(Device):
    def read(self, count: int) -> tuple[int, bytes]:
        got = self.content[::-1][:count]
        self.content = self.content[: len(self.content) - len(got)]
        return len(got), got


class Fifteen(Device):
    def write(self, data: bytes) -> int:
        taken = super().write(data)
        self.content = self.content[-15:]
        return taken


class Refuses(Device):
    """Keeps the oldest instead of the newest."""

    def write(self, data: bytes) -> int:
        kept = data[:-1] if data.endswith(b"\n") else data
        self.content = (self.content + kept)[:16]
        return len(data)


class ClearsAtClose(Device):
    def released(self) -> None:
        self.content = b""


class ClearsAtOpen(Device):
    def opened(self) -> None:
        self.content = b""


class WriteStartsAfresh(Device):
    def write(self, data: bytes) -> int:
        self.content = b""
        return super().write(data)


class DropsLast(Device):
    def write(self, data: bytes) -> int:
        self.content = (self.content + data[:-1])[-16:]
        return len(data)


class StopsAtNul(Device):
    def write(self, data: bytes) -> int:
        super().write(data.split(b"\0")[0])
        return len(data)


class TryAgain(Device):
    def read(self, count: int) -> tuple[int, bytes]:
        return super().read(count) if self.content else (-11, b"")


class WritesBeyond(Device):
    def read(self, count: int) -> tuple[int, bytes]:
        ret, got = super().read(count)
        return ret, got + bytes(16 - len(got)) if ret else got


class PromisesMore(Device):
    """Returns what was asked for instead of what it gave."""

    def read(self, count: int) -> tuple[int, bytes]:
        ret, got = super().read(count)
        return (count if ret else 0), got


class WriteReturnsZero(Device):
    def write(self, data: bytes) -> int:
        super().write(data)
        return 0


class PartialReadDropsRest(Device):
    def read(self, count: int) -> tuple[int, bytes]:
        ret, got = super().read(count)
        self.content = b""
        return ret, got


class IgnoresFaults(Device):
    def bad_write(self, count: int) -> int:
        return count


class BadReadBreaksIt(Device):
    broken = False

    def bad_read(self, count: int) -> int:
        self.broken = True
        return super().bad_read(count)

    def read(self, count: int) -> tuple[int, bytes]:
        return (-5, b"") if self.broken else super().read(count)


@dataclass
class OneByteReads(Device):
    def read(self, count: int) -> tuple[int, bytes]:
        return super().read(min(count, 1))


class SmallWrites(Device):
    def write(self, data: bytes) -> int:
        part = data[:5]
        return super().write(part)


class EndOfFileByOffset(Device):
    """Says 0 to every read after the first of an open, as drivers made from examples do."""

    done = False

    def opened(self) -> None:
        self.done = False

    def read(self, count: int) -> tuple[int, bytes]:
        if self.done:
            return 0, b""
        ret, got = super().read(count)
        self.done = ret > 0
        return ret, got


@pytest.mark.parametrize("newline", ["strip", "keep"])
@pytest.mark.parametrize("make", [Device, OneByteReads, SmallWrites, EndOfFileByOffset])
def test_a_correct_device_in_any_style_loses_nothing(make: type[Device], newline: str) -> None:
    assert lost(make, newline=newline) == set()


@pytest.mark.parametrize(
    ("make", "criteria"),
    [
        (Lifo, {"tp1.store", "tp1.overwrite", "tp1.order"}),
        (Fifteen, {"tp1.overwrite", "tp1.order"}),
        (Refuses, {"tp1.overwrite"}),
        (ClearsAtClose, {"tp1.store", "tp1.persist"}),
        (ClearsAtOpen, {"tp1.store", "tp1.persist"}),
        (DropsLast, {"tp1.exact-bytes"}),
        (StopsAtNul, {"tp1.exact-bytes"}),
        (TryAgain, {"tp1.consume"}),
        (WritesBeyond, {"tp1.returns"}),
        (WriteReturnsZero, {"tp1.returns"}),
        (IgnoresFaults, {"tp1.returns"}),
        (BadReadBreaksIt, {"tp1.returns"}),
    ],
)
def test_a_defect_costs_what_it_breaks_and_no_more(make: type[Device], criteria: set[str]) -> None:
    assert lost(make) == criteria


@pytest.mark.parametrize(
    ("make", "criteria"),
    [
        (WriteStartsAfresh, {"tp1.store", "tp1.order"}),
        (PromisesMore, {"tp1.returns", "tp1.store"}),
        (PartialReadDropsRest, {"tp1.persist", "tp1.order"}),
    ],
)
def test_a_defect_that_breaks_much_costs_at_least_that(
    make: type[Device], criteria: set[str]
) -> None:
    assert criteria <= lost(make)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["strip", "keep"]), st.sampled_from(["each", "once"]))
def test_random_operations_never_overfill(seed: int, newline: str, opens: str) -> None:
    """`order` must not pay for overwriting: at no point is more than the capacity stored."""

    class Watched(Device):
        def write(self, data: bytes) -> int:
            kept = data[:-1] if self.newline == "strip" and data.endswith(b"\n") else data
            assert len(self.content) + len(kept) <= 16
            return super().write(data)

    device = operations(Watched(newline=newline), None, opens)
    dice = random.Random(seed)
    random_steps(device, dice, 60)


def test_random_operations_fill_the_buffer_and_wrap_it() -> None:
    fullest, written = 0, 0

    class Watched(Device):
        def write(self, data: bytes) -> int:
            nonlocal fullest, written
            taken = super().write(data)
            fullest, written = max(fullest, len(self.content)), written + len(data) - 1
            return taken

    device = operations(Watched(), None, "each")
    dice = random.Random(3)
    random_steps(device, dice, 40)
    assert fullest == 16
    assert written > 5 * 16


@given(st.integers(0, 2**31))
def test_payloads_depend_on_the_seed_alone(seed: int) -> None:
    wanted = {"a": steps.Draw(text=(3, 9)), "b": steps.Draw(binary=(3, 15))}
    first, again = draw(wanted, random.Random(seed)), draw(wanted, random.Random(seed))
    assert first == again
    assert len(set(first["a"])) == len(first["a"])
    assert {0, 0xFF} <= set(first["b"]) and first["b"][-1] != ord("\n")


def test_a_failing_random_sequence_is_cut_down_to_what_shows_it() -> None:
    """A reader that gets the newest byte first needs two bytes and one read, and no more."""

    def run(sequence: tuple[Operation, ...]) -> Deviation | None:
        device = operations(Lifo(), None, "each")
        done: list[Operation] = []
        try:
            for operation in sequence:
                if _allowed(operation, device):
                    do_random(operation, device, done)
        except Deviation as deviation:
            return deviation
        return None

    dice, device, done = random.Random(5), operations(Lifo(), None, "each"), list[Operation]()
    with pytest.raises(Deviation) as failure:
        while True:
            do_random(_draw(RANDOM, device, dice, 16), device, done)

    shortest, reason = shorten(done, failure.value, run, tries=20)

    assert len(shortest) == 2 < len(done)
    assert run(shortest) is not None
    assert str(reason)


@given(st.sets(st.integers(0, 29), min_size=1, max_size=4), st.integers(0, 60))
def test_shortening_keeps_what_is_needed_and_its_promise_of_tries(
    needed: set[int], tries: int
) -> None:
    calls = 0

    def fails(sequence: tuple[int, ...]) -> str | None:
        nonlocal calls
        calls += 1
        return "fails" if needed <= set(sequence) else None

    shortest, _ = shorten(tuple(range(30)), "fails", fails, tries)

    assert calls <= tries
    assert needed <= set(shortest)
    assert list(shortest) == sorted(shortest)
    if tries == 60 and len(needed) == 1:
        assert set(shortest) == needed


class SaysOneLess(Device):
    """Takes and gives a byte more than it returns."""

    def read(self, count: int) -> tuple[int, bytes]:
        ret, got = super().read(count)
        return max(0, ret - 1), got


def test_a_wrong_byte_after_a_read_that_returned_too_little_is_told_with_it() -> None:
    device = operations(SaysOneLess(), None, "each")
    device.write("shell", b"abcdef\n", same("echo"))
    device.read("shell", 3)
    with pytest.raises(Deviation) as wrong:
        device.read("shell", 3)
    assert wrong.value.text.en == (
        "read of 3 bytes gave 'de' where 'cde' was due; before that, read() returned 2 but also "
        "wrote to memory beyond those bytes"
    )
    assert "; before that" not in wrong.value.text.fr
