"""Changing single values of a YAML text. Everything else stays as it is, to the byte: comments,
order, quotes, blank lines.

A value is replaced at its place in the text, not by writing the document anew. Each change is read
again: the result must be the old document with that value and no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext

from grader.errors import RingmarkError
from grader.rubric import RubricInvalid, compose_rubric
from webapp.authoring import scalars

Path = tuple[str | int, ...]
Pair = tuple[yaml.Node, yaml.Node]


class CannotEdit(RingmarkError):
    """The value has to be changed in the YAML; the message says why."""


@dataclass(frozen=True)
class Edit:
    """``value`` empty and ``optional``: the key goes. ``typed``: a number, true or false."""

    path: Path
    value: str
    typed: bool = False
    optional: bool = False


def apply(text: str, edit: Edit) -> str:
    """The text with one value changed; the same text when it is there already.

    Raises:
        RubricInvalid: the text is no YAML.
        CannotEdit: its form does not allow it; nothing is changed.
    """
    root = compose_rubric(text)
    if root is None:
        raise CannotEdit(gettext("the text is empty: write it in the YAML"))
    node = find(root, edit.path)
    if isinstance(node, yaml.ScalarNode) and node.value == edit.value:
        return text
    if node is None and not edit.value:
        return text
    if node is not None and sum(1 for each in walk(root) if each is node) > 1:
        raise CannotEdit(gettext("this value is shared by an alias: change it in the YAML"))
    before = content(root)
    if node is None:
        changed = _inserted(text, root, edit)
    elif edit.optional and not edit.value:
        changed = _removed(text, root, edit.path)
    elif isinstance(node, yaml.ScalarNode):
        changed = _replaced(text, node, edit)
    else:
        raise CannotEdit(gettext("there is more than one value here: change it in the YAML"))
    _check(before, changed, edit)
    return changed


def find(root: yaml.Node | None, path: Path) -> yaml.Node | None:
    """The node there; None where there is none."""
    node = root
    for part in path:
        if isinstance(node, yaml.MappingNode) and isinstance(part, str):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part] if part < len(node.value) else None
        else:
            return None
    return node


def walk(root: yaml.Node) -> Iterator[yaml.Node]:
    """Every node; one that aliases share as often as it is there."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting.extend(each for pair in reversed(node.value) for each in reversed(pair))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))


def replace_scalars(text: str, changes: list[tuple[yaml.ScalarNode, str]]) -> str:
    """Many values at once, none of which is new. What the nodes are of must be this text."""
    spans = [
        (*_span(text, node), _encoded(text, node, value, typed=False)) for node, value in changes
    ]
    for start, end, written in sorted(spans, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def content(node: yaml.Node) -> Any:
    """The document as dicts, lists and the scalars' own characters."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: content(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [content(each) for each in node.value]
    return node.value


def _span(text: str, node: yaml.ScalarNode) -> tuple[int, int]:
    start, end = node.start_mark.index, node.end_mark.index
    if text[start : start + 1] in ("&", "!"):
        raise CannotEdit(gettext("this value has an anchor or a tag: change it in the YAML"))
    if node.style in ("|", ">"):
        # The mark is after the newlines and comments that follow.
        lines = text[start:end].split("\n")
        width = _indent_of(lines)
        body = [n for n, line in enumerate(lines) if n and line.startswith(" " * width)]
        end = start + len("\n".join(lines[: (body[-1] if width and body else 0) + 1]))
    return start, end


def _encoded(text: str, node: yaml.ScalarNode, value: str, *, typed: bool) -> str:
    if node.style == "|":
        start, end = node.start_mark.index, node.end_mark.index
        block = scalars.literal(value, " " * _indent_of(text[start:end].split("\n")))
        if block is not None and node.value.strip():
            return block
    style = node.style if node.style in ("'", '"') or node.value else '"'
    return scalars.written(value, '"' if style in ("|", ">") else style, typed=typed)


def _indent_of(lines: list[str]) -> int:
    first = next((line for line in lines[1:] if line.strip()), "")
    return len(first) - len(first.lstrip(" "))


def _replaced(text: str, node: yaml.ScalarNode, edit: Edit) -> str:
    start, end = _span(text, node)
    written = _encoded(text, node, edit.value, typed=edit.typed)
    if start == end:  # nothing after the colon
        written = f" {written}"
    return text[:start] + written + text[end:]


def _inserted(text: str, root: yaml.Node, edit: Edit) -> str:
    """Into the deepest mapping that is there; what is missing between is made in one line."""
    depth = len(edit.path) - 1
    while depth and find(root, edit.path[:depth]) is None:
        depth -= 1
    mapping = find(root, edit.path[:depth])
    missing = edit.path[depth:]
    if not isinstance(mapping, yaml.MappingNode) or any(isinstance(p, int) for p in missing):
        raise CannotEdit(gettext("there is no place for this value: write it in the YAML"))
    text_of_value = scalars.written(
        edit.value, '"' if " " in edit.value else None, typed=edit.typed
    )
    entry = f"{missing[-1]}: {text_of_value}"
    for key in reversed(missing[:-1]):
        entry = f"{key}: {{{entry}}}"
    if mapping.flow_style:
        if not mapping.value:
            end = mapping.end_mark.index
            return text[: end - 1] + entry + text[end - 1 :]
        end = mapping.value[-1][1].end_mark.index
        return f"{text[:end]}, {entry}{text[end:]}"
    indent = " " * mapping.value[0][0].start_mark.column
    for _, value in reversed(mapping.value):
        end = _end_of_line(text, value)
        if end is not None:
            return f"{text[:end]}\n{indent}{entry}{text[end:]}"
    start = mapping.value[0][0].start_mark.index
    return f"{text[:start]}{entry}\n{indent}{text[start:]}"


def _end_of_line(text: str, node: yaml.Node) -> int | None:
    """Of the line on which a value ends, its comment included; None for what spans more."""
    inline = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">")
    if not inline and not (isinstance(node, yaml.CollectionNode) and node.flow_style):
        return None
    found = text.find("\n", node.end_mark.index)
    return len(text) if found < 0 else found


def _removed(text: str, root: yaml.Node, path: Path) -> str:
    """Without the key; a mapping that would be left empty goes as well."""
    mapping = find(root, path[:-1])
    while isinstance(mapping, yaml.MappingNode) and len(mapping.value) == 1 and len(path) > 1:
        path = path[:-1]
        mapping = find(root, path[:-1])
    if not isinstance(mapping, yaml.MappingNode):
        raise CannotEdit(gettext("this value cannot be taken out here: do it in the YAML"))
    at = next(n for n, (key, _) in enumerate(mapping.value) if key.value == path[-1])
    key, value = mapping.value[at]
    start, end = key.start_mark.index, value.end_mark.index
    if mapping.flow_style:
        if at:
            start = mapping.value[at - 1][1].end_mark.index
        elif len(mapping.value) > 1:
            end = mapping.value[1][0].start_mark.index
        return text[:start] + text[end:]
    line = text.rfind("\n", 0, start) + 1
    end_of_line = _end_of_line(text, value)
    if isinstance(value, yaml.MappingNode) and not value.flow_style:
        # It held one value, which ends the lines to go.
        end_of_line = _end_of_line(text, value.value[-1][1])
    if text[line:start].strip() or end_of_line is None:
        raise CannotEdit(gettext("this value cannot be taken out here: do it in the YAML"))
    return text[:line] + text[end_of_line + 1 :]


def _check(before: Any, changed: str, edit: Edit) -> None:
    try:
        root = compose_rubric(changed)
    except RubricInvalid:
        root = None
    after = content(root) if root else None
    if edit.value or not edit.optional:
        holder, key = after, edit.path[-1]
        for part in edit.path[:-1]:
            holder = _entry(holder, part)
        if _entry(holder, key) != edit.value:
            raise CannotEdit(gettext("this value cannot be written here: change it in the YAML"))
    if _without(before, edit.path) != _without(after, edit.path):
        raise CannotEdit(gettext("this value cannot be changed alone here: change it in the YAML"))


def _entry(holder: Any, key: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(key)
    return holder[key] if isinstance(holder, list) and isinstance(key, int) else None


def _without(data: Any, path: Path) -> Any:
    """The document without the value, and without mappings that held nothing else."""
    if isinstance(data, dict) and path[0] in data:
        rest = {key: value for key, value in data.items() if key != path[0]}
        inner = _without(data[path[0]], path[1:]) if len(path) > 1 else None
        return rest if inner in (None, {}) else {**rest, path[0]: inner}
    if isinstance(data, list) and isinstance(path[0], int) and path[0] < len(data):
        at = path[0]
        inner = _without(data[at], path[1:]) if len(path) > 1 else None
        return [*data[:at], inner, *data[at + 1 :]]
    return data
