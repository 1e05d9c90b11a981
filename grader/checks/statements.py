"""What a statement of C stores and reads, by its text: enough to tell an increment from a look.

No compiler is needed for that, and none could say more: KCSAN sees the two halves of ``count++``
as a read and a write. Where a line leaves any doubt, nothing is claimed of it.
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
#: What only tells a person: a number that goes nowhere else decides nothing.
_TELLS = re.compile(r"\b(?:printk\w*|pr_\w+|dev_(?:dbg|info|notice|warn|err|alert)\w*)\s*\(")
#: A declaration without a value, or with a constant one.
_DECLARES = re.compile(
    r"^\s*(?:(?:static|volatile|unsigned|signed|const|struct|long|short|int|char|bool|size_t"
    rf"|ssize_t|loff_t|[us](?:8|16|32|64)|atomic_t|{_NAME}_t)\s+)+[\s*]*[\w\s,\[\]=*-]*$"
)


@dataclass(frozen=True)
class Store:
    """One store in a statement. ``updates``: what is stored is computed from the same variable."""

    value: str
    updates: bool

    @property
    def name(self) -> str:
        """``count`` of ``dev->count``; ``buffer`` of ``buffer[i]``; ``fifo's in`` of a kfifo."""
        value, fifo, end = self.value.partition("'s ")
        return _last_name(value) + fifo + end


@dataclass(frozen=True)
class Statement:
    """A piece of code that ends at a semicolon or a brace, with its first and last line."""

    text: str
    first: int
    last: int

    @cached_property
    def stores(self) -> tuple[Store, ...]:
        return tuple(_stores(self.text))

    def names(self, name: str) -> bool:
        """Whether a variable of this name stands in it anywhere, stored to or not."""
        return name.partition("'s ")[0] in _WORD.findall(self.text)

    def updates(self, name: str) -> bool:
        """Whether all that it does with this name is to update the one variable."""
        values = {store.value for store in self.stores if store.name == name}
        if len(values) != 1 or not all(s.updates for s in self.stores if s.name == name):
            return False
        # `a->count += b->count` has the name of one variable and looks at another.
        word = name.partition("'s ")[0]
        return _WORD.findall(self.text).count(word) == _occurrences(self.text, values.pop(), word)


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
        uses = [
            statement
            for statements in self._files.values()
            for statement in statements
            if name in _WORD.findall(statement.text)
        ]
        return bool(uses) and all(_harmless_use(statement, name) for statement in uses)


def _harmless_use(statement: Statement, name: str) -> bool:
    text = statement.text
    if _TELLS.search(text) and not any(store.name == name for store in statement.stores):
        return text.strip().startswith(tuple(_TELLS.findall(text)))
    if _WORD.findall(text).count(name) != 1:
        return False
    if _DECLARES.match(text):
        return True
    alone = re.fullmatch(
        rf"\s*(?:(?:\+\+|--)\s*)?[\w.>\s-]*?\b{name}\s*(?:\+\+|--|[-+]=\s*\w+|=\s*\d+)?\s*", text
    )
    return alone is not None and any(store.name == name for store in statement.stores)


def _split(code: str) -> Iterator[Statement]:
    """At braces, and at semicolons that do not stand inside parentheses."""
    code = _DIRECTIVE.sub("", code)
    depth, begin, line = 0, 0, 1
    for at, char in enumerate(code):
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif char in "{}" or (char == ";" and depth == 0):
            yield from _statement(code[begin:at], line)
            line += code.count("\n", begin, at + 1)
            begin, depth = at + 1, 0 if char != ";" else depth
    yield from _statement(code[begin:], line)


def _statement(text: str, line: int) -> Iterator[Statement]:
    if not text.strip():
        return
    lead = len(text) - len(text.lstrip())
    first = line + text.count("\n", 0, lead)
    body = text.strip()
    yield Statement(body, first, first + body.count("\n"))


def _stores(text: str) -> Iterator[Store]:
    for found in _PREFIX.finditer(text):
        yield Store(_squeeze(found["value"]), True)
    for found in _MARKED.finditer(text):
        value = _squeeze(found["value"])
        yield Store(value, _mentions(text[found.end() :], value))
    for found in _STORE.finditer(text):
        value = _squeeze(found["value"])
        plain = found["op"] == "="
        yield Store(value, not plain or _mentions(text[found.end() :], value))
    for found in _FIFO.finditer(text):
        end = "in" if found["put"] else "out"
        yield Store(f"{_squeeze(found['value'])}'s {end}", True)


def _mentions(text: str, value: str) -> bool:
    """Whether the variable stands in the text, with the same way to it."""
    return re.search(rf"(?<![\w.>]){re.escape(value)}(?!\w)", _squeeze(text)) is not None


def _occurrences(text: str, value: str, word: str) -> int:
    """How often the name stands in the text as this variable's."""
    way = value.partition("'s ")[0]
    found = re.findall(rf"(?<![\w.>]){re.escape(way)}(?!\w)", _squeeze(text))
    return len(found) * _WORD.findall(way).count(word)


def _squeeze(text: str) -> str:
    """Without spaces around what joins two names."""
    return re.sub(r"\s*(->|\.|\[|\])\s*", r"\1", text)


def _last_name(value: str) -> str:
    return _WORD.findall(_INDEX.sub("", value))[-1]
