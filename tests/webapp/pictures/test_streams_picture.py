"""Readers and writers at once, drawn and told."""

from __future__ import annotations

from django.template.loader import render_to_string

from grader.report import CheckReport, Stream, Streams, WrongByte
from tests.webapp.support.reports import EVIL
from webapp.submissions.pictures import StreamsPicture, streams_of

WRITER = Stream(
    actor="writer-1", kind="writes", piece=2, moved=120, wanted=500, state="asleep", since=40,
    function="asee_write",
)  # fmt: skip
READER = Stream(actor="reader-1", kind="reads", piece=3, moved=80, state="done", since=100)


def picture(
    *lanes: Stream, wrong: WrongByte | None = None, stored: int | None = 3
) -> StreamsPicture:
    streams = Streams(lanes=lanes, lasted=200, capacity=16, stored=stored, wrong=wrong)
    check = CheckReport(id="conserve.plain", verdict="fail", seconds=1, streams=streams)
    found = streams_of(check)
    assert found is not None
    return found


def html(shown: StreamsPicture) -> str:
    return render_to_string("submissions/pictures/streams.html", {"picture": shown})


def test_a_check_without_streams_has_no_picture() -> None:
    assert streams_of(CheckReport(id="store", verdict="fail", seconds=1)) is None


def test_a_sleeper_is_drawn_from_when_it_slept_and_told_in_words() -> None:
    asleep, done = picture(WRITER, READER).lanes
    assert asleep.sleep is not None
    assert asleep.sleep + asleep.sleeps_for == 84 + 380  # to the end of the drawing
    assert (asleep.counts, asleep.moved) == ("120 / 500", "120 of 500 bytes written")
    assert asleep.story == "sleeps in write() since 40 ms, in asee_write()"
    assert done.sleep is None
    assert done.end == 190  # half of it
    assert (done.counts, done.story) == ("80", "done after 100 ms")


def test_who_was_not_woken_stands_out() -> None:
    (lane,) = picture(WRITER.model_copy(update={"unwoken": True})).lanes
    assert lane.state == "unwoken"
    assert lane.unwoken == "There is room to write: nobody woke it."
    page = html(picture(WRITER.model_copy(update={"unwoken": True})))
    assert page.count(lane.unwoken) == 1


def test_when_both_sides_sleep_one_of_them_could_go_on() -> None:
    reader = READER.model_copy(update={"state": "asleep"})
    assert "one of them could go on" in picture(WRITER, reader, stored=0).stored
    unwoken = reader.model_copy(update={"unwoken": True})
    assert picture(WRITER, unwoken).stored == "In the channel: at least 3 of 16 bytes."


def test_the_first_wrong_byte_is_told() -> None:
    lost = WrongByte(kind="lost", writer="writer-1", position=312, value="k")
    assert picture(READER, wrong=lost).wrong == (
        "First wrong: byte 312 of writer-1, “k”, never came."
    )
    again = WrongByte(
        kind="doubled", writer="writer-1", position=9, value=" ", reader="reader-2", instead="a"
    )
    assert picture(READER, wrong=again).wrong == (
        "First wrong: at byte 9 of writer-1, “␣” came to reader-2 again."
    )


def test_what_a_module_calls_its_function_stays_inert() -> None:
    page = html(picture(WRITER.model_copy(update={"function": EVIL, "moved": None})))
    assert "<script" not in page
    assert "\u202e" not in page
    assert "not known how much" in page
