"""Read a rubric from YAML. Every error names the file and the line it is on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from grader.errors import UnusableInput
from grader.rubric.schema import Rubric

#: The rubrics that come with Ringmark, one folder a TP.
SHIPPED = Path(__file__).resolve().parents[2] / "rubrics"


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
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_duplicate_keys(node, source)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise RubricInvalid(source, [(line, f"not valid YAML: {error.problem}")]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise RubricInvalid(source, [(1, f"not valid YAML: {error}")]) from None
    if not isinstance(data, dict):
        raise RubricInvalid(source, [(1, "a rubric is a mapping: 'schema: ringmark.rubric/1' ...")])
    try:
        return Rubric.model_validate(data)
    except ValidationError as error:
        problems = [(_line(node, e["loc"]), _sentence(e)) for e in error.errors()]
        raise RubricInvalid(source, sorted(problems)) from None


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
