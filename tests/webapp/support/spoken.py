"""What of a page is said in a language: its texts, without code, names and what people typed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: What stands in these is no language of ours: code, logs, what somebody typed, a switch.
QUOTED = {"code", "pre", "ins", "del", "textarea", "script", "style", "samp", "kbd"}
#: Attributes that are read out or shown.
READ_OUT = {"title", "aria-label", "alt", "placeholder"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}

#: Parts of a text that read the same in both: what a shell, a kernel or a source has.
CODE = re.compile(
    r"""
      ^(?:echo|cat|dd|kill|rmmod|insmod|mknod|stat|ls|write|read|open|resize)\b[^:]*   # a command
    | '(?:\\.|[^'\\])*'(?:\.\.\.)?          # bytes in quotes
    | /[\w./-]+                             # a path
    | \b\w+\(\)                             # a function
    | [\w-]*\.[ch]\b(?::\d+)?               # a file, a line
    | \S*\\[nrt0]\S*                        # bytes without quotes
    | \b\w*_\w+\b | \b\w+-\d+\b            # a name
    | \b[0-9a-f]{12,}\b                     # a digest
    | \bE[A-Z]{2,}\b                        # an error's name
    | \bU\+[0-9A-F]+\b
    | \b(?:tp[1-4]|TP[1-4])\b
    """,
    re.VERBOSE,
)
WORD = re.compile(r"[^\W\d_]{2,}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._open: list[str] = []
        self._of: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        quoted = (self._of[-1] if self._of else False) or tag in QUOTED or "lang" in values
        # The page itself has a language; anything else that names one is in that one.
        quoted = False if tag == "html" else quoted
        if not quoted:
            self.texts += [values[name] or "" for name in READ_OUT & values.keys()]
            if tag == "input" and values.get("type") in {"submit", "button"}:
                self.texts.append(values.get("value") or "")
        if tag not in VOID:
            self._open.append(tag)
            self._of.append(quoted)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            self._of.pop()
            if self._open.pop() == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._of and not self._of[-1]:
            self.texts.append(data)


def texts(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [text for each in reader.texts if (text := " ".join(each.split()))]


def left_in_english(english: str, french: str, same: frozenset[str]) -> list[str]:
    """Texts that the page has in both languages, but for code, and but for those made only of words
    in ``same`` (or that are one of it).
    """
    in_both = set(texts(english)) & set(texts(french))
    return sorted(text for text in in_both if text not in same and _says_more(text, same))


def _says_more(text: str, same: frozenset[str]) -> bool:
    return any(word not in same for word in WORD.findall(CODE.sub(" ", text)))
