"""Several readers and writers at once: a lane each over the guest's time, when it was done or since
when it sleeps, and how far it came. Coordinates are SVG units.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from grader.report import CheckReport, Stream, Streams, WrongByte
from webapp.submissions.pictures.ring import symbol

LEFT, TRACK, LANE, TOP, COUNTS = 84, 380, 30, 22, 130
WIDTH = LEFT + TRACK + COUNTS
MOST_LANES = 12
#: Characters of a function's name that are shown.
MOST_NAME = 60


@dataclass(frozen=True)
class StreamLane:
    """``sleep``: where its sleep begins in the drawing; None for one that does not sleep."""

    name: str
    state: str
    y: float
    end: float
    sleep: float | None
    sleeps_for: float
    counts: str
    moved: str
    story: str
    unwoken: str


@dataclass(frozen=True)
class StreamsPicture:
    """``stored``: what the channel holds, in words; ``wrong``: the first byte that was wrong."""

    width: int
    height: int
    lanes: tuple[StreamLane, ...]
    lasted: int
    stored: str
    wrong: str
    track_start: int = LEFT
    track_end: int = LEFT + TRACK


def streams_of(check: CheckReport) -> StreamsPicture | None:
    """None for a check in which there were none, and for reports from before they were kept."""
    streams = check.streams
    if streams is None or not streams.lanes:
        return None
    lanes = streams.lanes[:MOST_LANES]
    return StreamsPicture(
        width=WIDTH,
        height=TOP + LANE * len(lanes) + 8,
        lanes=tuple(_lane(number, lane, streams) for number, lane in enumerate(lanes)),
        lasted=streams.lasted,
        stored=_stored(streams),
        wrong=_wrong(streams.wrong) if streams.wrong else "",
    )


def _lane(number: int, lane: Stream, streams: Streams) -> StreamLane:
    def x(at: int) -> float:
        return round(LEFT + TRACK * min(1.0, at / max(1, streams.lasted)), 1)

    asleep = lane.state == "asleep"
    end = x(streams.lasted) if lane.state == "busy" else max(x(lane.since), LEFT + 4.0)
    return StreamLane(
        name=lane.actor,
        state="unwoken" if lane.unwoken else lane.state,
        y=TOP + LANE * number,
        end=round(end - LEFT, 1),
        sleep=end if asleep else None,
        sleeps_for=round(max(6.0, LEFT + TRACK - end), 1) if asleep else 0,
        counts=_counts(lane),
        moved=_moved(lane),
        story=_story(lane),
        unwoken=_unwoken(lane) if lane.unwoken else "",
    )


def _counts(lane: Stream) -> str:
    """Short, for the drawing."""
    moved = "?" if lane.moved is None else str(lane.moved)
    return f"{moved} / {lane.wanted}" if lane.wanted is not None else moved


def _moved(lane: Stream) -> str:
    if lane.moved is None:
        return gettext("not known how much")
    words = {"n": lane.moved, "all": lane.wanted}
    if lane.kind == "reads":
        text = ngettext("%(n)d byte read", "%(n)d bytes read", lane.moved)
    else:
        text = ngettext("%(n)d of %(all)d byte written", "%(n)d of %(all)d bytes written",
                        lane.wanted or 0)  # fmt: skip
    return text % words


def _story(lane: Stream) -> str:
    call = "read()" if lane.kind == "reads" else "write()"
    words = {"call": call, "ms": lane.since, "function": lane.function[:MOST_NAME]}
    if lane.state == "done":
        return gettext("done after %(ms)d ms") % words
    if lane.state == "busy":
        return gettext("still running in %(call)s, not asleep") % words
    if lane.function:
        return gettext("sleeps in %(call)s since %(ms)d ms, in %(function)s()") % words
    return gettext("sleeps in %(call)s since %(ms)d ms") % words


def _unwoken(lane: Stream) -> str:
    if lane.kind == "reads":
        return gettext("There is something to read: nobody woke it.")
    return gettext("There is room to write: nobody woke it.")


def _stored(streams: Streams) -> str:
    asleep = [lane for lane in streams.lanes if lane.state == "asleep"]
    if {lane.kind for lane in asleep} == {"reads", "writes"} and not any(
        lane.unwoken for lane in asleep
    ):
        return gettext(
            "Readers and writers sleep at once. Whatever the channel holds, one of them could go "
            "on: there is something to read, or there is room to write. Nobody woke it."
        )
    if streams.stored is None or all(lane.state == "done" for lane in streams.lanes):
        return ""
    if streams.stored > streams.capacity:
        return gettext(
            "More was taken than fits: writes returned %(n)d bytes more than were read, and the "
            "channel holds %(size)d."
        ) % {"n": streams.stored, "size": streams.capacity}
    if streams.stored < 0:
        return gettext("%(n)d bytes more were read than writes had returned.") % {
            "n": -streams.stored
        }
    return gettext("In the channel: at least %(n)d of %(size)d bytes.") % {
        "n": streams.stored,
        "size": streams.capacity,
    }


def _wrong(wrong: WrongByte) -> str:
    words = {
        "n": wrong.position,
        "writer": wrong.writer,
        "value": symbol(wrong.value),
        "reader": wrong.reader,
        "instead": symbol(wrong.instead),
    }
    if wrong.kind == "doubled":
        return (
            gettext(
                "First wrong: at byte %(n)d of %(writer)s, “%(value)s” came to %(reader)s again."
            )
            % words
        )
    if wrong.reader:
        return (
            gettext(
                "First wrong: byte %(n)d of %(writer)s, “%(value)s”, never came; the next that "
                "%(reader)s got is “%(instead)s”."
            )
            % words
        )
    return gettext("First wrong: byte %(n)d of %(writer)s, “%(value)s”, never came.") % words
