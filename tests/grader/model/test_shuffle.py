"""What several readers took, put together again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.model.shuffle import Wrong, first_wrong, is_shuffle


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


WHOLE = bytes(range(0x30, 0x50)) * 9
PLACES = st.integers(0, len(WHOLE) - 1)


def divided(data: st.DataObject, whole: bytes) -> dict[str, bytes]:
    takers = data.draw(st.lists(st.integers(0, 1), min_size=len(whole), max_size=len(whole)))
    return {
        name: bytes(byte for byte, taker in zip(whole, takers, strict=True) if taker == number)
        for number, name in enumerate(("reader-1", "reader-2"))
    }


@given(st.data())
def test_of_what_came_in_order_nothing_is_wrong(data: st.DataObject) -> None:
    assert first_wrong(WHOLE, divided(data, WHOLE)) is None


@given(PLACES)
def test_the_byte_that_was_lost_is_named(place: int) -> None:
    came = WHOLE[:place] + WHOLE[place + 1 :]
    found = first_wrong(WHOLE, {"reader-1": came})
    after = came[place] if place < len(came) else None
    reader = "" if after is None else "reader-1"
    assert found == Wrong("lost", place + 1, WHOLE[place], reader, after)


@given(PLACES)
def test_the_byte_that_came_twice_is_named_with_who_got_it(place: int) -> None:
    came = WHOLE[: place + 1] + WHOLE[place:]
    found = first_wrong(WHOLE, {"reader-1": b"", "reader-2": came})
    assert found is not None
    assert (found.kind, found.value, found.reader) == ("doubled", WHOLE[place], "reader-2")


@given(st.data(), PLACES)
def test_with_two_readers_something_is_found_wherever_a_byte_is_lost(
    data: st.DataObject, place: int
) -> None:
    parts = divided(data, WHOLE[:place] + WHOLE[place + 1 :])
    found = first_wrong(WHOLE, parts)
    assert found is not None
    assert found.position >= place + 1 or found.kind == "lost"
