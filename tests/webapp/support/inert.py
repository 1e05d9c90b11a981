"""Reads a page as a browser does and says what in it could act, or hides something."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from urllib.parse import urlsplit

#: Default_Ignorable_Code_Point of Unicode 14 (DerivedCoreProperties.txt), which ``unicodedata``
#: does not have.
IGNORABLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
#: Prepended_Concatenation_Mark (PropList.txt): format characters that are seen.
SEEN = frozenset({*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD})


def hides_or_moves(code: int) -> bool:
    """What moves the cursor, hides or reorders text, of all of Unicode."""
    if chr(code) in "\t\n" or code in SEEN:
        return False
    return unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp", "Cs"} or any(
        first <= code <= last for first, last in IGNORABLE
    )


HIDING = "".join(chr(code) for code in range(0x110000) if hides_or_moves(code))
#: On a page a carriage return is an end of line.
UNSEEN = re.compile(f"[{re.escape(HIDING.replace(chr(13), ''))}]")
#: What runs, loads or sends; none of it is on the site's own pages.
NEVER = {"iframe", "object", "embed", "applet", "base", "style", "frame", "math", "marquee"}
#: What the person typed comes back as it was typed, to be edited.
TYPED = {"textarea"}
#: Attributes that lead somewhere, and where they may lead.
ELSEWHERE = {"formaction": "/", "xlink:href": "#", "hx-get": "/", "hx-post": "/"}
#: Where the site's own scripts, sheets and pictures are.
OWN = ("/static/", "/admin/jsi18n/")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class _Reader(HTMLParser):
    def __init__(self, hidden: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.hidden = hidden
        self.wrong: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in NEVER:
            self.wrong.append(f"<{tag}>")
        if tag in {"script", "img", "link"}:
            source = urlsplit(values.get("src", values.get("href", "")))
            if source.scheme or source.netloc or not source.path.startswith(OWN):
                self.wrong.append(f"<{tag}> {values}")
        if tag in {"form", "a"}:
            scheme = urlsplit(values.get("action", values.get("href", ""))).scheme
            if scheme not in {"", "http", "https"}:
                self.wrong.append(f"<{tag}> {values}")
        for name, value in values.items():
            elsewhere = name in ELSEWHERE and not value.startswith(ELSEWHERE[name])
            if name.startswith("on") or name in {"style", "srcdoc"} or elsewhere:
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if self.hidden and UNSEEN.search(value) and name != "value":
                self.wrong.append(f"<{tag} {name}={value!r}>")
        if tag not in VOID:
            self.inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.inside.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.inside:
            self.wrong.append(f"</{tag}> that ends nothing")
            return
        while self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] in TYPED:
            return
        if self.inside and self.inside[-1] == "script" and data.strip():
            self.wrong.append(f"a script in the page: {data[:80]!r}")
        if self.hidden and UNSEEN.search(data):
            self.wrong.append(f"in {'/'.join(self.inside[-4:])}: {data.strip()[:120]!r}")


def wrong_with(html: str, hidden: bool = True) -> list[str]:
    """Empty: nothing on this page is other than the site made it. ``hidden``: look for characters
    that hide or move text as well.
    """
    reader = _Reader(hidden)
    reader.feed(html)
    reader.close()
    return reader.wrong


def formulas(cells: list[str]) -> list[str]:
    """Cells that a spreadsheet would compute. Numbers are no formulas, nor is Moodle's ``-``."""
    number = re.compile(r"-?[0-9]+(\.[0-9]+)?")
    return [
        cell
        for cell in cells
        if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        and cell != "-"
        and not number.fullmatch(cell)
    ]
