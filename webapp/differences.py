"""Two texts line by line, as ``diff -u`` shows them. Belongs to no room; ``_diff.html`` and
``diff.css`` show it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Lines around a change.
CONTEXT = 3


@dataclass(frozen=True)
class DiffLine:
    """``sign``: ``+``, ``-``, a space, or ``@`` where lines that are the same were left out."""

    sign: str
    text: str
    old: int | None = None
    new: int | None = None


def diff(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    """Of lines without their ends; nothing for equal ones. Takes time that grows with the product
    of their numbers.
    """
    # With autojunk, lines that come often would count as different (docs.python.org, difflib).
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number or group[0][1] or group[0][3]:
            yield DiffLine("@", "")
        for tag, i, j, k, m in group:
            if tag == "equal":
                for n in range(j - i):
                    yield DiffLine(" ", new[k + n], i + n + 1, k + n + 1)
                continue
            for n in range(i, j):
                yield DiffLine("-", old[n], old=n + 1)
            for n in range(k, m):
                yield DiffLine("+", new[n], new=n + 1)
