"""The model of TP1's device."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from grader.model import Ring, start

NO_NEWLINE = st.binary(max_size=40).filter(lambda data: not data.endswith(b"\n"))


def test_the_handouts_two_examples() -> None:
    stored = start(["strip"], 16).write(b"Hello world\n").write(b"Ciao\n")
    assert stored.contents() == (b"Hello worldCiao",)
    over = start(["strip"], 16).write(b"abcdefghijklmnopq\n")
    assert over.contents() == (b"bcdefghijklmnopq",)


def test_keeping_the_newline_counts_it() -> None:
    assert start(["keep"], 16).write(b"abcdefghijklmnopq\n").contents() == (b"cdefghijklmnopq\n",)


@given(st.lists(NO_NEWLINE, max_size=12), st.integers(1, 40))
def test_content_is_the_end_of_all_that_was_written(writes: list[bytes], capacity: int) -> None:
    belief = start(["strip", "keep"], capacity)
    for data in writes:
        belief = belief.write(data)
    assert belief.contents() == (b"".join(writes)[-capacity:],)


@given(st.lists(st.one_of(NO_NEWLINE, st.integers(1, 20)), max_size=20))
def test_a_real_queue_is_always_allowed(operations: list[bytes | int]) -> None:
    belief, queue = start(["strip", "keep", "drop-last"], 16), deque[int](maxlen=16)
    belief = start(["strip", "keep"], 16)
    for operation in operations:
        if isinstance(operation, bytes):
            belief = belief.write(operation)
            queue.extend(operation)
            continue
        got = bytes(queue.popleft() for _ in range(min(operation, len(queue))))
        after = belief.read(operation, got)
        assert after is not None
        belief = after


@given(st.binary(min_size=1, max_size=16), st.integers(1, 20), st.data())
def test_a_read_that_differs_is_not_allowed(
    content: bytes, asked: int, data: st.DataObject
) -> None:
    ring = Ring("keep", 16, content)
    got = data.draw(st.binary(max_size=20))
    right = 0 < len(got) <= asked and content.startswith(got)
    assert (ring.read(asked, got, "bytes") is not None) == right


def test_an_empty_read_is_allowed_only_when_empty() -> None:
    assert Ring("keep", 16, b"a").read(4, b"", "bytes") is None
    assert Ring("keep", 16, b"").read(4, b"", "bytes") is not None


def test_a_bag_takes_the_same_bytes_in_any_order_but_no_others() -> None:
    ring = Ring("keep", 16, b"abca")
    after = ring.read(3, b"aac", "bag")
    assert after is not None and after.content == b"b"
    assert ring.read(3, b"bb", "bag") is None


def test_lengths_look_at_how_many_only() -> None:
    ring = Ring("keep", 16, b"abc")
    after = ring.read(2, b"zz", "lengths")
    assert after is not None and len(after.content) == 1
    assert ring.read(8, b"zzzz", "lengths") is None


def test_what_is_read_settles_the_newline() -> None:
    unknown = start(["strip", "keep"], 16).write(b"ab\n")
    after = unknown.read(16, b"ab\n")
    assert after is not None and after.policies() == {"keep"}
    after = unknown.read(16, b"ab")
    assert after is not None and not after.must_be_empty() and after.may_be_empty()
    end = after.read(16, b"")
    assert end is not None and end.policies() == {"strip"}


def test_a_failed_read_may_lose_what_it_took_and_no_more() -> None:
    belief = start(["keep"], 16).write(b"abcdef").failed_read(4)
    assert set(belief.contents()) == {b"abcdef", b"bcdef", b"cdef", b"def", b"ef"}
