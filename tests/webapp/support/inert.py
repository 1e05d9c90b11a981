"""Reads a page as a browser does and says what in it could act, or hides something."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

#: What moves the cursor, hides or reorders text.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
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
