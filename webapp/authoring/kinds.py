"""The help beside the editor: every kind of check and step, as the schema itself describes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from django.utils.translation import get_language, gettext
from pydantic import BaseModel

from grader.rubric import help as words
from grader.rubric.schema import Check, CheckBase
from grader.rubric.steps import Draw, StagedStep, Step


@dataclass(frozen=True)
class FieldHelp:
    """``default`` is None for what has to be there."""

    name: str
    takes: str
    default: str | None
    about: str


@dataclass(frozen=True)
class ModelHelp:
    name: str
    about: str
    fields: tuple[FieldHelp, ...]


@dataclass(frozen=True)
class Help:
    """``common``: fields of every check, but ``kind``."""

    checks: tuple[ModelHelp, ...]
    common: ModelHelp
    steps: tuple[ModelHelp, ...]
    draw: ModelHelp


def help_panel() -> Help:
    """In the reader's language."""
    return _help_panel(get_language() or "en")


@cache
def _help_panel(language: str) -> Help:
    common = frozenset(CheckBase.model_fields)
    return Help(
        checks=tuple(_model(each, "kind", language, hide=common) for each in _members(Check)),
        common=_model(CheckBase, "", language),
        steps=tuple(_steps(language)),
        draw=_model(Draw, "", language),
    )


def _members(union: Any) -> tuple[type[BaseModel], ...]:
    found: tuple[type[BaseModel], ...] = get_args(get_args(union)[0])
    return found


def _steps(language: str) -> list[ModelHelp]:
    """Those of sequences first; of staged checks only, what is not among them."""
    every = list(_members(Step))
    every += [each for each in _members(StagedStep) if each not in every]
    return [_model(each, "do", language) for each in every]


def _model(
    model: type[BaseModel], tag: str, language: str, hide: frozenset[str] = frozenset()
) -> ModelHelp:
    properties = model.model_json_schema()
    names = {}
    for name, field in model.model_fields.items():
        if name == tag or name in hide:
            continue
        names[name] = FieldHelp(
            name=name,
            takes=_takes(properties["properties"][name], properties),
            default=None if field.is_required() else _default(field),
            about=words.about_field(model, name).get(language),
        )
    called = (
        ", ".join(str(each) for each in get_args(model.model_fields[tag].annotation)) if tag else ""
    )
    return ModelHelp(
        name=called, about=words.about(model).get(language), fields=tuple(names.values())
    )


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is None or value in ({}, ()):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _takes(schema: dict[str, Any], root: dict[str, Any]) -> str:  # noqa: PLR0911
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2].lower()
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        words = [_takes(each, root) for each in options if each.get("type") != "null"]
        return " | ".join(dict.fromkeys(words))
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(_takes(each, root) for each in schema['prefixItems'])}]"
        inner = schema.get("items", {})
        if inner.get("discriminator"):
            return gettext("list of steps")
        return gettext("list of: %(what)s") % {"what": _takes(inner, root)}
    if schema.get("type") == "object":
        named = schema.get("patternProperties") or {"": schema.get("additionalProperties", {})}
        inside = _takes(next(iter(named.values())), root)
        return gettext("name: %(what)s, ...") % {"what": inside}
    number = gettext("number")
    word = {"integer": number, "number": number, "boolean": "true | false"}.get(
        schema.get("type", ""), gettext("name") if "pattern" in schema else gettext("text")
    )
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        bounds = {"what": word, "low": low, "high": high}
        return gettext("%(what)s %(low)s to %(high)s") % bounds
    if low is not None:
        return gettext("%(what)s from %(low)s") % {"what": word, "low": low}
    return word
