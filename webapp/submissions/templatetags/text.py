"""Showing text that students, compilers and guests made."""

from __future__ import annotations

import datetime as dt
import math

from django import template
from django.utils.formats import get_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from webapp.submissions.unseen import as_plain_text, with_signs

register = template.Library()


@register.filter
def visible(value: object) -> SafeString:
    """Escaped, with every invisible or text-moving character replaced by a visible sign."""
    return with_signs(str(value))


def visible_text(value: str) -> str:
    """As the filter, as plain text: for titles and attributes."""
    return as_plain_text(value)


@register.filter
def visible_plain(value: object) -> str:
    """For attributes and page titles; the template engine escapes it as usual."""
    return visible_text(str(value))


@register.filter
def points(value: float | None) -> str:
    """A mark without needless zeros: 2, 0.5; in French 0,5. For readers, not for attributes."""
    if value is None:
        return "–"
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", get_format("DECIMAL_SEPARATOR"))


@register.filter
def about(span: dt.timedelta) -> str:
    """A time to come, no more exact than it can be known."""
    minutes = math.ceil(span.total_seconds() / 60)
    if minutes <= 1:
        return gettext("less than a minute")
    if minutes < 90:
        return ngettext("about %(n)d minute", "about %(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("about %(n)d hour", "about %(n)d hours", hours) % {"n": hours}


@register.filter
def change(value: float) -> str:
    """Points more or less: +2, −0.5, 0."""
    value = round(value, 2)
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{points(abs(value))}"
