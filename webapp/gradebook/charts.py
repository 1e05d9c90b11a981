"""Where the bars of a chart stand; ``gradebook/_columns.html`` and ``_rows.html`` draw them as SVG.

Everything is an attribute or a class: the site's policy allows no style in a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from webapp.gradebook.figures import Figures
from webapp.submissions.templatetags.text import points

#: The drawing's own units; the page scales it.
WIDTH = 480
COLUMN_TOP, COLUMN_FOOT = 24, 168
ROW_HEIGHT = 26
ROW_LABEL, ROW_FIGURE = 118, 46


@dataclass(frozen=True)
class Bar:
    """``x``, ``y``: the left upper corner. ``middle``: where its label goes."""

    label: str
    figure: str
    x: float
    y: float
    width: float
    height: float
    middle: float


@dataclass(frozen=True)
class Chart:
    """``name`` makes ids that are unique on the page."""

    name: str
    title: str
    description: str
    axis: str
    bars: tuple[Bar, ...]
    height: int
    foot: int = COLUMN_FOOT
    track: float = WIDTH - ROW_LABEL - ROW_FIGURE


Entry = tuple[str, float, str]


def columns(
    name: str, title: str, description: str, axis: str, entries: Sequence[Entry], top: float = 0
) -> Chart:
    """Standing bars: label, value, what is written above. ``top``: the value of a full bar."""
    step = WIDTH / max(1, len(entries))
    highest = top or max((value for _, value, _ in entries), default=0) or 1
    bars = []
    for number, (label, value, figure) in enumerate(entries):
        height = (COLUMN_FOOT - COLUMN_TOP) * value / highest
        bars.append(
            Bar(
                label=label,
                figure=figure,
                x=round(step * (number + 0.1), 1),
                y=round(COLUMN_FOOT - height, 1),
                width=round(step * 0.8, 1),
                height=round(height, 1),
                middle=round(step * (number + 0.5), 1),
            )
        )
    return Chart(name, title, description, axis, tuple(bars), COLUMN_FOOT + 40)


def rows(name: str, title: str, description: str, entries: Sequence[Entry]) -> Chart:
    """Lying bars: label, share from 0 to 1, what is written behind."""
    track = WIDTH - ROW_LABEL - ROW_FIGURE
    bars = tuple(
        Bar(
            label=label,
            figure=figure,
            x=ROW_LABEL,
            y=number * ROW_HEIGHT + 4,
            width=round(track * share, 1),
            height=ROW_HEIGHT - 8,
            middle=number * ROW_HEIGHT + ROW_HEIGHT / 2,
        )
        for number, (label, share, figure) in enumerate(entries)
    )
    return Chart(name, title, description, "", bars, ROW_HEIGHT * max(1, len(entries)))


def of_marks(figures: Figures) -> Chart:
    entries = [(points(each.low), each.students, str(each.students)) for each in figures.bins]
    description = gettext(
        "%(marked)s students have a mark; the average is %(mean)s, the median %(median)s out of "
        "%(full)s."
    ) % {
        "marked": figures.marked,
        "mean": points(figures.mean),
        "median": points(figures.middle),
        "full": points(figures.full),
    }
    title = gettext("How many students have which mark")
    return columns("marks", title, description, gettext("mark, from"), entries)


def of_criteria(figures: Figures, tp: str) -> Chart:
    """Labels without the TP's name, which all of them begin with."""
    entries = [
        (each.criterion.removeprefix(f"{tp}."), each.share or 0.0,
         "–" if each.percent is None else f"{each.percent} %")
        for each in figures.criteria
    ]  # fmt: skip
    title = gettext("Share of the students that pass each criterion")
    hardest = figures.hardest
    description = (
        gettext("The lowest is %(criterion)s with %(percent)s %%.")
        % {"criterion": hardest.criterion, "percent": hardest.percent}
        if hardest
        else gettext("Nobody fails one.")
    )
    return rows("criteria", title, description, entries)


def of_tries(figures: Figures) -> Chart:
    entries = [(each.label, each.students, str(each.students)) for each in figures.tries]
    description = gettext("%(tried)s of %(students)s students handed something in.") % {
        "tried": figures.tried,
        "students": figures.students,
    }
    title = gettext("How many students tried how often")
    return columns("tries", title, description, gettext("attempts"), entries)


def of_progress(figures: Figures) -> Chart:
    entries = [(str(each.number), each.mean, points(each.mean)) for each in figures.at_attempts]
    if len(entries) > 10:
        # So many figures do not fit above the bars; the table has them all.
        entries = [(label, value, "") for label, value, _ in entries]
    title = gettext("Average mark at each attempt")
    description = gettext("Out of %(full)s points.") % {"full": points(figures.full)}
    return columns(
        "progress", title, description, gettext("attempt"), entries, top=figures.full or 1
    )
