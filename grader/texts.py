"""A sentence in both languages. May import nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One sentence, or a part of one, in both languages."""

    en: str
    fr: str

    def get(self, language: str) -> str:
        return self.fr if language.startswith("fr") else self.en

    def __str__(self) -> str:
        return self.en


def same(words: str) -> Text:
    """What reads the same in both: a command, a number, a name."""
    return Text(words, words)


def listed(parts: Iterable[Text], en: str = " and ", fr: str = " et ") -> Text:
    """``a, b and c``."""
    *most, last = list(parts)
    if not most:
        return last
    return Text(
        f"{', '.join(part.en for part in most)}{en}{last.en}",
        f"{', '.join(part.fr for part in most)}{fr}{last.fr}",
    )
