"""The ledger of a blocking channel: when may who wait?"""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from grader.model.ledger import Ledger


def test_a_reader_may_wait_for_the_first_byte_and_no_longer() -> None:
    ledger = Ledger(16, keeps=False)

    assert ledger.problem(1, {}) is None
    ledger.wrote(b"a\n")
    assert ledger.problem(1, {}) == "asleep-with-bytes"
    assert ledger.read(b"a") is None
    assert ledger.problem(1, {}) is None


def test_a_kept_newline_is_a_byte_like_others() -> None:
    ledger = Ledger(2, keeps=True)

    ledger.wrote(b"a\n")

    assert ledger.problem(0, {"w": b"b\n"}) is None
    assert ledger.read(b"a\n") is None
    assert ledger.problem(0, {"w": b"b\n"}) == "asleep-with-room"


def test_a_writer_may_wait_only_while_all_that_it_could_have_stored_leaves_no_room() -> None:
    ledger = Ledger(16, keeps=False)

    assert ledger.problem(0, {"w": b"x" * 17 + b"\n"}) is None
    assert ledger.problem(0, {"w": b"x" * 16 + b"\n"}) == "asleep-with-room"
    assert ledger.problem(1, {"w": b"x" * 30}) == "deadlock"


def test_what_a_full_channel_took_besides_is_seen() -> None:
    ledger = Ledger(4, keeps=False)

    ledger.wrote(b"abcde\n")

    assert ledger.problem(0, {}) == "overfull"
    ledger.lose_excess()
    assert ledger.problem(0, {}) is None


def test_bytes_out_of_nowhere_and_bytes_read_twice_are_seen() -> None:
    ledger = Ledger(16, keeps=False)
    ledger.wrote(b"ab\n")

    assert ledger.read(b"c") == "never-written"
    assert ledger.read(b"a") is None
    assert ledger.read(b"a") == "never-written"
    assert ledger.read(b"a", [b"a\n"]) is None, "a blocked writer may have stored it"


@given(st.data(), st.integers(1, 8), st.booleans())
def test_a_correct_channel_never_has_a_problem(
    data: st.DataObject, capacity: int, keeps: bool
) -> None:
    """One writer and one reader on a real queue, whatever they do and how much at a time."""
    ledger, stored = Ledger(capacity, keeps=keeps), deque[int]()
    hand, kept = b"", b""
    reading = False
    for _ in range(data.draw(st.integers(1, 30))):
        if not hand and data.draw(st.booleans()):
            hand = data.draw(st.binary(min_size=1, max_size=12)).replace(b"\n", b"n") + b"\n"
            kept = ledger.payload(hand)
        elif not reading:
            reading = True
        progress = True
        while progress:
            progress = False
            while kept and len(stored) < capacity:
                stored.append(kept[0])
                kept, progress = kept[1:], True
            if hand and not kept:
                ledger.wrote(hand)
                hand = b""
            if reading and stored:
                count = data.draw(st.integers(1, len(stored)))
                got = bytes(stored.popleft() for _ in range(count))
                assert ledger.read(got, [hand] if hand else []) is None
                reading, progress = False, True
        assert ledger.problem(int(reading), {"w": hand} if hand else {}) is None
