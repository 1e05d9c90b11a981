"""What several readers took, put together again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.model.shuffle import is_shuffle


@given(st.binary(max_size=60), st.data())
def test_any_division_among_readers_is_a_shuffle(whole: bytes, data: st.DataObject) -> None:
    takers = data.draw(st.lists(st.integers(0, 2), min_size=len(whole), max_size=len(whole)))
    parts = [
        bytes(byte for byte, taker in zip(whole, takers, strict=True) if taker == reader)
        for reader in range(3)
    ]

    assert is_shuffle(whole, parts)


def test_a_reader_that_got_two_bytes_the_wrong_way_round_is_seen() -> None:
    whole = bytes(range(30)) * 20

    assert is_shuffle(whole, [whole[::2], whole[1::2]])
    assert not is_shuffle(whole, [whole[:200:2] + whole[202:200:-2] + whole[202::2], whole[1::2]])
    swapped = whole[:100] + whole[101:102] + whole[100:101] + whole[102:]
    assert not is_shuffle(whole, [swapped])


def test_bytes_lost_or_doubled_are_no_shuffle() -> None:
    assert not is_shuffle(b"abc", [b"ab"])
    assert not is_shuffle(b"abc", [b"abc", b"c"])
    assert not is_shuffle(b"abc", [b"abd"])
