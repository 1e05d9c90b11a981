"""What a kernel report says, in a few sentences, and where to read on. The words are in
``kinds.yaml``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from grader.report import Finding, FindingKind

_WORDS = Path(__file__).with_name("kinds.yaml")
_NonEmpty = Annotated[str, StringConstraints(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """A text in both languages."""

    en: _NonEmpty
    fr: _NonEmpty

    def get(self, language: str) -> str:
        return self.fr if language.startswith("fr") else self.en


class Link(Words):
    url: _NonEmpty


class _Row(Words):
    kind: FindingKind
    title: re.Pattern[str] = re.compile("")
    links: tuple[str, ...] = ()


class _Table(_Part):
    links: dict[str, Link]
    kinds: tuple[_Row, ...]

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        unknown = {name for row in self.kinds for name in row.links} - self.links.keys()
        if unknown:
            raise ValueError(f"no such links: {sorted(unknown)}")
        return self


class Explanation(_Part):
    """``what`` happened, and what to look for; ``links`` to read on."""

    what: Words
    links: tuple[Link, ...] = ()


@cache
def _table() -> _Table:
    return _Table.model_validate(yaml.safe_load(_WORDS.read_text(encoding="utf-8")))


def explain(finding: Finding) -> Explanation | None:
    """None for what is no kernel report: a compiler's warning, a static message."""
    table = _table()
    for row in table.kinds:
        if row.kind == finding.kind and row.title.search(finding.title):
            links = tuple(table.links[name] for name in row.links)
            return Explanation(what=Words(en=row.en, fr=row.fr), links=links)
    return None
