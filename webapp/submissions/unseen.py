"""Characters that hide or move text, and the signs that are shown in their place.

A sign with its tool tip takes 60 bytes or more where the character took one to four. So a page has
at most :data:`MOST_SIGNS` of them; beyond, each is told in plain text, as ``\\u{202e}``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

#: The one list: control characters but tab and line feed (Cc), format characters (Cf; without the
#: few that are seen, Prepended_Concatenation_Mark), line separators (Zl, Zp), lone surrogates (Cs),
#: and what Unicode 14 has as Default_Ignorable_Code_Point (DerivedCoreProperties.txt): fillers,
#: joiners, variation selectors, tags. All bidi controls are among them.
RANGES = (
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C),
    (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E),
    (0x2060, 0x206F), (0x3164, 0x3164), (0xD800, 0xDFFF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x13430, 0x13438), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
#: Signs with markup on one page, and in a text that is on no page.
MOST_SIGNS = 2_000
#: So many of the same in a row are told as one sign, with their number.
MANY = 4

_ONE = "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in RANGES) + "]"
UNSEEN = re.compile(_ONE)
_RUN = re.compile(rf"({_ONE})\1*")

#: What the first 32 are called (ASCII), for the reader's tool tip.
_NAMES = tuple(
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI "  # noqa: SIM905
    "DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split()
)

#: Signs that the page being made may still have; None outside a request.
_left: ContextVar[int | None] = ContextVar("signs left", default=None)


def signs_of_a_page(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """The middleware that counts them anew for each request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = _left.set(MOST_SIGNS)
        try:
            return get_response(request)
        finally:
            _left.reset(token)

    return middleware


def with_signs(text: str) -> SafeString:
    """Escaped, each run of unseen characters as a sign."""
    if UNSEEN.search(text) is None:
        return conditional_escape(text)
    counted = _left.get()
    left = MOST_SIGNS if counted is None else counted
    pieces: list[str] = []
    end = 0
    for match in _RUN.finditer(text):
        pieces.append(conditional_escape(text[end : match.start()]))
        character, many = match.group(1), len(match.group())
        times = 1 if many >= MANY else many
        if left >= times:
            left -= times
            pieces.append(_sign(character, many if many >= MANY else 1) * times)
        else:
            pieces.append(_run_plain(match))
        end = match.end()
    pieces.append(conditional_escape(text[end:]))
    if counted is not None:
        _left.set(left)
    return mark_safe("".join(pieces))  # noqa: S308  (each piece is escaped above)


def as_plain_text(text: str) -> str:
    """The same without markup: for titles, attributes and files."""
    return _RUN.sub(_run_plain, text)


def _run_plain(match: re.Match[str]) -> str:
    code, many = f"\\u{{{ord(match.group(1)):x}}}", len(match.group())
    return f"{code}×{many}" if many >= MANY else code * many


def _sign(character: str, many: int) -> str:
    """A short name that every font can show: ESC, U+202E."""
    code = ord(character)
    if code < 32:
        sign = name = _NAMES[code]
    elif code == 0x7F:
        sign = name = "DEL"
    else:
        sign, name = f"U+{code:04X}", unicodedata.name(character, "control character")
    times = f"×{many}" if many > 1 else ""
    return format_html('<span class="unseen" title="{}">{}{}</span>', name, sign, times)
