"""What the schema says of itself, in English (its docstrings and descriptions) and in French
(``help_fr.yaml``).
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from grader.texts import Text, same

_FRENCH = Path(__file__).with_name("help_fr.yaml")


class _French(BaseModel):
    """``of``: of which English it is the French (:func:`mark`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    fr: str


@cache
def french() -> dict[str, _French]:
    """By the model's name, or ``Model.field``."""
    found = yaml.safe_load(_FRENCH.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, _French]).validate_python(found)


def mark(english: str) -> str:
    """Changes when the English does, but for how its lines are broken."""
    return hashlib.sha256(" ".join(english.split()).encode()).hexdigest()[:8]


def about(model: type[BaseModel]) -> Text:
    return _in_both(model.__name__, inspect.cleandoc(model.__doc__ or ""))


def about_field(model: type[BaseModel], name: str) -> Text:
    """A field that a model has from another one is described there."""
    owner = next(
        each
        for each in reversed(model.__mro__)
        if issubclass(each, BaseModel) and name in each.model_fields
    )
    english = model.model_fields[name].description or ""
    return _in_both(f"{owner.__name__}.{name}", english) if english else same("")


def described(model: type[BaseModel]) -> Iterator[tuple[str, Text]]:
    """Everything that it says of itself, by the names in ``help_fr.yaml``."""
    yield model.__name__, about(model)
    for name, field in model.model_fields.items():
        if field.description:
            yield f"{model.__name__}.{name}", about_field(model, name)


def _in_both(key: str, english: str) -> Text:
    known = french().get(key)
    return Text(english, known.fr if known else english)
