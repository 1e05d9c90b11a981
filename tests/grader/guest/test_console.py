"""The console keeps what matters, says what it cut, and wakes who waits."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from grader.guest.console import Console, ConsoleLog

chunks = st.lists(st.binary(max_size=40), max_size=20)


@given(chunks)
def test_a_short_console_is_kept_whole(parts: list[bytes]) -> None:
    log = ConsoleLog(head=1000, tail=1000)
    for part in parts:
        log.append(part)
    assert log.since(0) == b"".join(parts)


@given(chunks, st.integers(0, 800))
def test_a_position_gives_what_came_after_it(parts: list[bytes], position: int) -> None:
    log = ConsoleLog(head=500, tail=500)
    for part in parts:
        log.append(part)
    whole = b"".join(parts)
    assert log.since(min(position, len(whole))) == whole[position:]


@given(chunks, st.integers(0, 30), st.integers(1, 30), st.integers(0, 800))
def test_a_flood_keeps_its_beginning_and_its_end(
    parts: list[bytes], head: int, tail: int, position: int
) -> None:
    log = ConsoleLog(head, tail)
    for part in parts:
        log.append(part)
    whole = b"".join(parts)
    position = min(position, len(whole))
    kept = log.since(position)
    assert len(kept) <= head + tail + 60
    assert log.length == len(whole)
    if len(whole) > head + tail and position < len(whole) - tail:
        missing = len(whole) - tail - max(position, head)
        assert kept.startswith(whole[position:head])
        assert kept.endswith(whole[-tail:])
        assert (f"{missing} bytes of the console cut".encode() in kept) == (missing > 0)
    else:
        assert kept == whole[position:]


def test_undecodable_bytes_do_not_break_the_text() -> None:
    console = Console()
    console.feed(b"caf\xc3\xa9 \xff\r\nnext")
    assert console.text() == "café \ufffd\nnext"


def test_a_mark_leaves_earlier_text_out() -> None:
    console = Console()
    console.feed(b"before")
    mark = console.mark()
    console.feed(b"after")
    assert console.text(mark) == "after"


def test_waiting_ends_when_the_text_comes() -> None:
    console = Console()
    feeder = threading.Thread(target=lambda: [console.feed(b"log"), console.feed(b"in: ")])
    feeder.start()
    assert console.wait_for(r"log\w+:", timeout=60)
    feeder.join()


def test_waiting_ends_with_the_console() -> None:
    console = Console()
    threading.Thread(target=console.end).start()
    assert not console.wait_for("never", timeout=60)
    assert console.ended


def test_waiting_has_a_deadline() -> None:
    assert not Console().wait_for("never", timeout=0)
