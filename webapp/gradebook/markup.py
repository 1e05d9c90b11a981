"""A mark in a table. Not a template: a page has hundreds, and including one for each takes most of
the page's time.
"""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from webapp.gradebook.cells import Cell
from webapp.submissions.templatetags.text import points


def cell_html(cell: Cell) -> SafeString:
    """The mark with a link to its attempt, which attempt of how many, and what to know of it."""
    return format_html(
        '<a href="{}">{}<span class="hidden"> {}</span></a>'
        ' <span class="muted tries" aria-hidden="true">{}/{}</span>{}',
        reverse("submission", args=[cell.submission_id]),
        score_html(cell),
        cell.told,
        cell.attempt,
        cell.attempts,
        flags_html(cell),
    )


def score_html(cell: Cell) -> SafeString:
    if cell.score is None:
        return mark_safe("–")
    return format_html(
        '<strong>{}</strong><span class="of">/{}</span>',
        points(cell.score),
        points(cell.max_score),
    )


def flags_html(cell: Cell) -> SafeString:
    """An icon and a word each: the colour only comes on top."""
    return format_html_join(
        "",
        ' <span class="flag {}"><span class="icon" aria-hidden="true"></span>{}</span>',
        ((flag.kind, flag.word) for flag in cell.flags),
    )
