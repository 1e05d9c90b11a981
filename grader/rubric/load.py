"""Read a rubric from YAML. Every error names the file and the line it is on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from grader.errors import UnusableInput
from grader.rubric.schema import Rubric

#: The rubrics that come with Ringmark, one folder a TP.
SHIPPED = Path(__file__).resolve().parents[2] / "rubrics"

#: Values in a rubric, keys and list entries counted; a shipped one has fewer than 2,000.
MOST_NODES = 50_000


class RubricInvalid(UnusableInput):
    """A rubric that cannot be used. ``problems`` are (line, message), lines counted from 1."""

    def __init__(self, source: str, problems: list[tuple[int, str]]):
        self.source = source
        self.problems = problems
        super().__init__("\n".join(f"{source}:{line}: {text}" for line, text in problems))


def shipped_rubrics(folder: Path = SHIPPED) -> list[str]:
    """The TPs that have one, in order."""
    return sorted(path.parent.name for path in folder.glob("*/rubric.yaml"))


def load_rubric(tp: str, folder: Path = SHIPPED) -> Rubric:
    """The shipped rubric of a TP.

    Raises:
        UnusableInput: no such TP, or its file is not valid.
    """
    path = folder / tp / "rubric.yaml"
    known = shipped_rubrics(folder)
    if tp not in known:
        raise UnusableInput(f"there is no rubric for '{tp}': known are {', '.join(known)}")
    return parse_rubric(path.read_text(encoding="utf-8"), str(path))


@lru_cache(maxsize=32)
def parse_rubric(text: str, source: str = "rubric.yaml") -> Rubric:
    """Parse and validate. The same text gives the same (immutable) rubric again: a page asks for
    it more than once, and YAML is slow.

    Raises:
        RubricInvalid: with every problem found and its line.
    """
    with _named(source):
        loader = yaml.SafeLoader(text)
        node = _compose(loader, source)
        data = loader.construct_document(node) if node else None
    if not isinstance(data, dict):
        raise RubricInvalid(source, [(1, "a rubric is a mapping: 'schema: ringmark.rubric/1' ...")])
    try:
        return Rubric.model_validate(data)
    except ValidationError as error:
        problems = [(_line(node, e["loc"]), _sentence(e)) for e in error.errors()]
        raise RubricInvalid(source, sorted(problems)) from None


def compose_rubric(text: str, source: str = "rubric.yaml") -> yaml.Node | None:
    """The text as YAML nodes, which know where they are; None for an empty text. For an editor:
    whether it is a rubric is not looked at.

    Raises:
        RubricInvalid: no YAML, a key twice, or aliases that make much of little.
    """
    with _named(source):
        return _compose(yaml.SafeLoader(text), source)


def _compose(loader: yaml.SafeLoader, source: str) -> yaml.Node | None:
    node = loader.get_single_node()
    _refuse_bombs(node, source)
    _refuse_duplicate_keys(node, source)
    return node


@contextmanager
def _named(source: str) -> Iterator[None]:
    """Whatever the YAML library has to say, as a RubricInvalid with a line."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise RubricInvalid(source, [(line, f"not valid YAML: {error.problem}")]) from None
    except (yaml.YAMLError, RecursionError, ValueError, ArithmeticError) as error:
        raise RubricInvalid(source, [(1, f"not valid YAML: {error}")]) from None


def _sentence(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line of the deepest node that ``location`` reaches (pydantic adds union tags to it)."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    node, line = value, key.start_mark.line + 1
                    break
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _refuse_bombs(root: yaml.Node | None, source: str) -> None:
    """Aliases can make a small text stand for a huge or an endless rubric. Counts what it stands
    for, each node once.
    """
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        known = sizes.get(id(node))
        if known == 0:
            line = node.start_mark.line + 1
            raise RubricInvalid(source, [(line, "not valid YAML: an alias refers to itself")])
        if known is not None:
            return known
        sizes[id(node)] = 0  # under way
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            inner = [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            inner = node.value
        found = 1 + sum(size(each) for each in inner)
        if found > MOST_NODES:
            line = node.start_mark.line + 1
            raise RubricInvalid(
                source, [(line, f"this stands for more than {MOST_NODES} values: too many")]
            )
        sizes[id(node)] = found
        return found

    if root is not None:
        size(root)


def _refuse_duplicate_keys(root: yaml.Node | None, source: str) -> None:
    """YAML lets the last of two equal keys win in silence; a rubric must not.

    Each node is visited once: aliases can make a small text an endless or a huge tree.
    """
    visited: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise RubricInvalid(
                        source, [(key.start_mark.line + 1, "a key must be a plain word")]
                    )
                if key.value in seen:
                    raise RubricInvalid(
                        source, [(key.start_mark.line + 1, f"the key '{key.value}' is there twice")]
                    )
                seen.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
