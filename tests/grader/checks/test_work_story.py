"""What is told of readers and writers when their check has failed."""

from __future__ import annotations

from typing import Literal

from grader.checks.work_story import with_unwoken, wrong_text
from grader.report import Stream, Streams, WrongByte


def lane(
    actor: str, state: Literal["done", "asleep", "busy"], moved: int | None = 0, piece: int = 1
) -> Stream:
    kind: Literal["reads", "writes"] = "reads" if actor.startswith("reader") else "writes"
    return Stream(actor=actor, kind=kind, piece=piece, moved=moved, state=state, since=5)


def unwoken(stored: int | None, *lanes: Stream, capacity: int = 4) -> list[str]:
    streams = Streams(lanes=lanes, lasted=9, capacity=capacity, stored=stored)
    return [each.actor for each in with_unwoken(streams).lanes if each.unwoken]


def test_a_reader_that_sleeps_while_something_is_stored_was_not_woken() -> None:
    lanes = lane("reader-1", "asleep"), lane("reader-2", "done"), lane("writer-1", "done")
    assert unwoken(1, *lanes) == ["reader-1"]
    assert unwoken(0, *lanes) == []


def test_a_writer_that_sleeps_while_there_is_room_was_not_woken() -> None:
    assert unwoken(3, lane("writer-1", "asleep"), lane("reader-1", "done")) == ["writer-1"]
    assert unwoken(4, lane("writer-1", "asleep")) == []


def test_what_a_sleeping_write_may_have_stored_already_counts_as_stored() -> None:
    assert unwoken(2, lane("writer-1", "asleep", piece=3)) == []
    assert unwoken(1, lane("writer-1", "asleep", piece=3)) == ["writer-1"]


def test_where_it_is_not_known_what_is_stored_nobody_is_blamed() -> None:
    assert unwoken(None, lane("reader-1", "asleep")) == []


def test_the_first_wrong_byte_is_told_in_both_languages() -> None:
    lost = WrongByte(kind="lost", writer="writer-2", position=7, value="k")
    assert "byte 7 of writer-2, 'k'" in wrong_text(lost).en
    assert "l'octet 7 de writer-2, 'k'" in wrong_text(lost).fr
    again = lost.model_copy(update={"kind": "doubled", "reader": "reader-1"})
    assert "'k' came to reader-1 again" in wrong_text(again).en
    assert wrong_text(None).en == ""
