"""Readers and writers over the steps of a check: a lane each, when it was blocked and when back.

Coordinates are SVG units. A step is a column; a call that step 3 starts begins in column 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from grader.feedback import timeline_of
from grader.feedback.timeline import Lane, Span, Timeline
from grader.report import CheckReport

COLUMN, LANE, LEFT, TOP = 34, 34, 110, 26
#: Columns that are drawn: the last ones, for what went wrong is at the end.
MOST_COLUMNS = 40
MOST_LANES = 12
_NAME = 15


@dataclass(frozen=True)
class Bar:
    """``kind``: running or blocked. ``end``: open (still in its call), or over."""

    kind: str
    end: str
    x: float
    y: float
    width: float
    text: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    state: str
    text: str


@dataclass(frozen=True)
class Row:
    name: str
    y: float
    bars: tuple[Bar, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Column:
    number: int
    x: float
    is_wrong: bool
    is_interrupt: bool


@dataclass(frozen=True)
class TimelinePicture:
    """``facts``: the same in sentences' parts, one row a task: (who, what happened to it)."""

    width: int
    height: int
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    hidden: int
    facts: tuple[tuple[str, tuple[str, ...]], ...]


def picture_of(check: CheckReport, language: str = "en") -> TimelinePicture | None:
    """None for a check in which nobody could block."""
    timeline = timeline_of(check, language)
    if timeline is None:
        return None
    hidden = max(0, timeline.steps - MOST_COLUMNS)
    lanes = timeline.lanes[:MOST_LANES]
    return TimelinePicture(
        width=LEFT + COLUMN * (timeline.steps - hidden) + 12,
        height=TOP + LANE * len(lanes) + 10,
        rows=tuple(_row(number, lane, hidden) for number, lane in enumerate(lanes)),
        columns=tuple(_columns(timeline, hidden)),
        hidden=hidden,
        facts=tuple((lane.actor, tuple(_facts(lane))) for lane in lanes),
    )


def _columns(timeline: Timeline, hidden: int) -> Iterator[Column]:
    for step in range(hidden, timeline.steps):
        yield Column(
            step + 1, _middle(step, hidden), step == timeline.failed, step in timeline.interrupts
        )


def _row(number: int, lane: Lane, hidden: int) -> Row:
    y = TOP + LANE * number
    bars = []
    for span in lane.spans:
        if span.end < hidden:
            continue
        start, end = _middle(max(span.start, hidden), hidden), _middle(span.end, hidden)
        if not span.over and span.end >= span.start:
            end += COLUMN / 2
        state, width = "over" if span.over else "open", max(6, end - start)
        bars.append(Bar(span.kind, state, start, y + 9, width, _story(span)))
    dots = [
        Dot(_middle(moment.at, hidden), y + 17,
            {True: "good", False: "bad", None: "plain"}[moment.ok], moment.text)
        for moment in lane.moments
        if moment.at >= hidden
    ]  # fmt: skip
    name = lane.actor if len(lane.actor) <= _NAME else lane.actor[: _NAME - 1] + "…"
    return Row(name, y, tuple(bars), tuple(dots))


def _middle(step: int, hidden: int) -> float:
    return LEFT + COLUMN * (step - hidden + 0.5)


def _facts(lane: Lane) -> Iterator[str]:
    told: list[tuple[int, str]] = []
    for span in lane.spans:
        told.append((span.start, _story(span)))
    told += [
        (moment.at, gettext("step %(n)d: %(text)s") % {"n": moment.at + 1, "text": moment.text})
        for moment in lane.moments
        if not any(span.over and span.end == moment.at for span in lane.spans)
    ]
    yield from (text for _, text in sorted(told))


def _story(span: Span) -> str:
    words = {"action": span.action, "first": span.start + 1, "last": span.end + 1}
    if span.kind == "blocked":
        text = (
            gettext("%(action)s: blocked from step %(first)d to step %(last)d")
            if span.over
            else gettext("%(action)s: blocked from step %(first)d to the end")
        )
    else:
        text = (
            gettext("%(action)s: in its call from step %(first)d to step %(last)d")
            if span.over
            else gettext("%(action)s: in its call from step %(first)d to the end")
        )
    outcome = gettext(", then %(outcome)s") % {"outcome": span.outcome} if span.outcome else ""
    return text % words + outcome
