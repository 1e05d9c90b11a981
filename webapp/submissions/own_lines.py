"""Which lines of a journal the student's module printed itself.

The kernel does not say who printed a line. The module's source does: its format strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Calls that print to the kernel's log, and the format that follows (parts of it side by side).
_CALL = re.compile(
    r"\b(?:printk(?:_once|_ratelimited)?|(?:pr|dev)_(?:emerg|alert|crit|err|warn|warning|notice"
    r"|info|cont|debug|dbg)(?:_once|_ratelimited)?)\s*\(([^;]{0,400})"
)
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.){1,300})"')
_CONVERSION = re.compile(r"%[-+ #0-9.*]*(?:hh|h|ll|l|z|t|j)?[a-zA-Z]{1,3}|%%|\\.")
MOST_FORMATS = 300
#: A format with fewer letters of its own says nothing.
FEWEST_LETTERS = 3


class OwnLines:
    """``printed(line)``: could the module have printed it?"""

    def __init__(self, sources: Iterable[str]) -> None:
        self._formats: list[list[str]] = []
        for source in sources:
            for call in _CALL.finditer(source):
                pieces = _pieces("".join(_LITERAL.findall(call[1])[:8]))
                if pieces and len(self._formats) < MOST_FORMATS:
                    self._formats.append(pieces)

    def printed(self, line: str) -> bool:
        return any(_in_order(pieces, line) for pieces in self._formats)


def _pieces(text: str) -> list[str]:
    """What stands between a format's conversions and escapes; empty if it is too little."""
    pieces = [piece for piece in _CONVERSION.split(text) if piece.strip()]
    letters = sum(char.isalnum() for piece in pieces for char in piece)
    return pieces if letters >= FEWEST_LETTERS else []


def _in_order(pieces: Iterable[str], line: str) -> bool:
    at = 0
    for piece in pieces:
        found = line.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True
