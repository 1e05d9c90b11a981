"""What a statement of C stores and reads, by its text: enough to tell an increment from a look.

KCSAN sees the two halves of ``count++`` as a read and a write, and an innocent look as a read too.
No compiler is asked: where a line leaves any doubt, nothing is claimed of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from grader.intake.content import code_of
from grader.intake.values import SourceFile

_NAME = r"[A-Za-z_]\w*"
#: A variable as it stands in the text: ``count``, ``dev->count``, ``dev.ring[i].head``.
_VALUE = rf"(?<![\w.>])(?P<value>{_NAME}(?:\s*(?:->|\.)\s*{_NAME}|\s*\[[^\[\];]*\])*)"
_STORE = re.compile(rf"{_VALUE}\s*(?P<op>\+\+|--|(?:<<|>>|[-+*/%&|^])?=(?!=))")
_PREFIX = re.compile(rf"(?:\+\+|--)\s*{_VALUE}")
_MARKED = re.compile(rf"\b(?:WRITE_ONCE|smp_store_release|smp_store_mb)\s*\(\s*&?\s*{_VALUE}\s*,")
#: A kfifo's ends are moved by whoever puts in or takes out, wherever the code for it is.
_FIFO = re.compile(
    rf"\bkfifo_(?:(?P<put>put|in|in_spinlocked|from_user)|get|out|out_spinlocked|to_user)"
    rf"\s*\(\s*&?\s*{_VALUE}\s*,"
)
_DIRECTIVE = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_INDEX = re.compile(r"\[[^\[\]]*\]")
_WORD = re.compile(_NAME)
#: A declaration: words, stars, a name; what follows the name is left alone.
_DECLARATION = re.compile(
    rf"(?!(?:return|goto|else|case|static|extern|typedef|if|while|for|do|switch)\b)"
    rf"(?:{_NAME}\s+)+[\s*]*(?P<names>{_NAME}\b\s*(?:[=,\[].*)?)$",
    re.DOTALL,
)
#: What only tells a person. A number that goes nowhere else decides nothing.
_TELLS = re.compile(r"(?:printk\w*|pr_\w+|dev_(?:dbg|info|notice|warn|err|alert)\w*)\s*\(")
_COUNTS = r"\s*(?:(?:\+\+|--)\s*{0}|{0}\s*(?:\+\+|--|[-+]=\s*\w+|=\s*\d+))\s*"
_CONSTANT = re.compile(r"[\w\s*,\[\]]*(?:=\s*-?\w+\s*)?")


@dataclass(frozen=True)
class Store:
    """One store in a statement. ``updates``: what is stored is computed from the same variable."""

    value: str
    updates: bool

    @property
    def name(self) -> str:
        """``count`` of ``dev->count``; ``ring`` of ``ring[i]``; ``fifo's in`` of a kfifo."""
        value, fifo, end = self.value.partition("'s ")
        names: list[str] = _WORD.findall(_INDEX.sub("", value))
        return names[-1] + fifo + end


@dataclass(frozen=True)
class Statement:
    """A piece of code that ends at a semicolon or a brace, with its first and last line.

    ``own`` are the names of its function's own variables: no other task sees those.
    """

    text: str
    first: int
    last: int
    own: frozenset[str] = frozenset()

    @cached_property
    def stores(self) -> tuple[Store, ...]:
        """To what others may see."""
        return tuple(store for store in _stores(self.text) if store.value not in self.own)

    def names(self, name: str) -> bool:
        """Whether a variable of this name stands in it anywhere, stored to or not."""
        return _word(name) in _WORD.findall(self.text)

    def updates(self, name: str) -> bool:
        """Whether all that it does with this name is to update one variable."""
        stores = [store for store in self.stores if store.name == name]
        values = {store.value for store in stores}
        if len(values) != 1 or not all(store.updates for store in stores):
            return False
        # `a->count += b->count` has the name of the one and looks at another.
        word, way = _word(name), values.pop().partition("'s ")[0]
        as_this = len(_found(self.text, way)) * _WORD.findall(way).count(word)
        return _WORD.findall(self.text).count(word) == as_this


class Source:
    """The upload's statements, by line."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self._files = {file.path: tuple(_split(code_of(file.data))) for file in files}

    def at(self, file: str, line: int) -> tuple[Statement, ...]:
        """The statements that have a part in this line."""
        return tuple(s for s in self._files.get(file, ()) if s.first <= line <= s.last)

    def only_told(self, name: str) -> bool:
        """Whether a variable of this name is counted and printed, and nothing else comes of it.

        Such a number is no part of the channel's state, however wrong it gets.
        """
        uses = [s for statements in self._files.values() for s in statements if s.names(name)]
        return any(s.stores for s in uses) and all(_harmless_use(s, name) for s in uses)


def _harmless_use(statement: Statement, name: str) -> bool:
    text = statement.text
    if _TELLS.match(text):
        return not any(store.name == name for store in statement.stores)
    if _WORD.findall(text).count(name) != 1:
        return False
    way = rf"(?:{_NAME}\s*(?:->|\.)\s*)*{re.escape(name)}"
    if re.fullmatch(_COUNTS.format(way), text):
        return True
    kept = _DECLARATION.match(text.removeprefix("static").lstrip())
    return kept is not None and _CONSTANT.fullmatch(kept["names"]) is not None


def _split(code: str) -> Iterator[Statement]:
    """At braces, and at semicolons that do not stand inside parentheses."""
    code = _DIRECTIVE.sub("", code)
    parens = braces = begin = 0
    line = 1
    own: frozenset[str] = frozenset()
    for at, char in enumerate(f"{code};"):
        parens = max(0, parens + (char == "(") - (char == ")"))
        if char not in "{};" or (char == ";" and parens):
            continue
        text = code[begin:at]
        if char == "{" and braces == 0:
            own = _parameters(text)
        elif braces:
            own |= _declared(text)
        yield from _statement(text, line, own if braces else frozenset())
        line += code.count("\n", begin, at + 1)
        begin, parens = at + 1, 0
        braces = max(0, braces + (char == "{") - (char == "}"))


def _statement(text: str, line: int, own: frozenset[str]) -> Iterator[Statement]:
    body = text.strip()
    if body:
        first = line + text.count("\n", 0, len(text) - len(text.lstrip()))
        yield Statement(body, first, first + body.count("\n"), own)


def _parameters(header: str) -> frozenset[str]:
    """Names of a function's parameters; nothing of what is no function."""
    listed = re.search(r"\(([^()]*)\)\s*$", header)
    parts = listed[1].split(",") if listed else []
    return frozenset(words[-1] for part in parts if (words := _WORD.findall(part)))


def _declared(text: str) -> frozenset[str]:
    """Names that a statement in a function declares. Statics are others' to see as well."""
    found = _DECLARATION.match(text.strip())
    if found is None:
        return frozenset()
    flat = re.sub(r"\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]", "", found["names"])
    parts = (part.partition("=")[0] for part in flat.split(","))
    return frozenset(words[-1] for part in parts if (words := _WORD.findall(part)))


def _stores(text: str) -> Iterator[Store]:
    for found in _PREFIX.finditer(text):
        yield Store(_squeeze(found["value"]), True)
    for found in _MARKED.finditer(text):
        value = _squeeze(found["value"])
        yield Store(value, bool(_found(text[found.end() :], value)))
    for found in _STORE.finditer(text):
        value = _squeeze(found["value"])
        yield Store(value, found["op"] != "=" or bool(_found(text[found.end() :], value)))
    for found in _FIFO.finditer(text):
        end = "in" if found["put"] else "out"
        yield Store(f"{_squeeze(found['value'])}'s {end}", True)


def _found(text: str, value: str) -> list[str]:
    """Where the variable stands in a text, with the same way to it."""
    return re.findall(rf"(?<![\w.>]){re.escape(value)}(?!\w)", _squeeze(text))


def _word(name: str) -> str:
    return name.partition("'s ")[0]


def _squeeze(text: str) -> str:
    """Without spaces around what joins two names."""
    return re.sub(r"\s*(->|\.|\[|\])\s*", r"\1", text)
