"""Showing text that students, compilers and guests made."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata

from django import template
from django.utils.formats import get_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

register = template.Library()

#: Everything that moves the cursor, hides or reorders text: control characters but tab and line
#: feed, line separators, format characters (bidi marks, zero-width, tags), lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)

#: What the first 32 are called (ASCII), for the reader's tool tip.
_NAMES = tuple(
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI "  # noqa: SIM905
    "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split()
)


@register.filter
def visible(value: object) -> SafeString:
    """Escaped, with every invisible or text-moving character replaced by a visible sign."""
    text = str(value)
    if _UNSEEN.search(text) is None:
        return conditional_escape(text)
    pieces: list[str] = []
    end = 0
    for match in _UNSEEN.finditer(text):
        pieces.append(conditional_escape(text[end : match.start()]))
        pieces.append(_sign(match.group()))
        end = match.end()
    pieces.append(conditional_escape(text[end:]))
    return mark_safe("".join(pieces))  # noqa: S308  (each piece is escaped above)


def _sign(character: str) -> str:
    """A short name that every font can show: ESC, U+202E."""
    code = ord(character)
    if code < 32:
        sign = name = _NAMES[code]
    elif code == 0x7F:
        sign = name = "DEL"
    else:
        sign, name = f"U+{code:04X}", unicodedata.name(character, "control character")
    return format_html('<span class="unseen" title="{}">{}</span>', name, sign)


def visible_text(value: str) -> str:
    """As the filter, as plain text: for titles and attributes."""
    return _UNSEEN.sub(lambda match: f"\\u{{{ord(match.group()):x}}}", value)


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
