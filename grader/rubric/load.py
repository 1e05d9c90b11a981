"""Read a rubric from YAML. Every error names the file and the line it is on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from grader.errors import UnusableInput
from grader.rubric.problems import text_of
from grader.rubric.schema import Rubric
from grader.texts import Text

#: The rubrics that come with Ringmark, one folder a TP.
SHIPPED = Path(__file__).resolve().parents[2] / "rubrics"

#: Values in a rubric, keys and list entries counted; a shipped one has fewer than 2,000.
MOST_NODES = 50_000


class RubricInvalid(UnusableInput):
    """A rubric that cannot be used. ``problems`` are (line, message in English), lines counted from
    1; ``told`` has them in a language.
    """

    def __init__(self, source: str, problems: Sequence[tuple[int, Text]]):
        self.source = source
        self._texts = tuple(problems)
        self.problems = self.told("en")
        super().__init__(
            Text(
                *(
                    "\n".join(f"{source}:{line}: {words}" for line, words in self.told(language))
                    for language in ("en", "fr")
                )
            )
        )

    def told(self, language: str) -> list[tuple[int, str]]:
        return [(line, text.get(language)) for line, text in self._texts]


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
        names = ", ".join(known)
        raise UnusableInput(
            Text(
                f"there is no rubric for '{tp}': known are {names}",
                f"il n'y a pas de barème pour « {tp} » ; il y en a pour {names}",
            )
        )
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
        no_mapping = Text(
            "a rubric is a mapping: 'schema: ringmark.rubric/1' ...",
            "un barème est fait de champs : « schema: ringmark.rubric/1 » ...",
        )
        raise RubricInvalid(source, [(1, no_mapping)])
    try:
        return Rubric.model_validate(data)
    except ValidationError as error:
        problems = [(_line(node, e["loc"]), text_of(e)) for e in error.errors()]
        raise RubricInvalid(source, sorted(problems, key=lambda p: (p[0], p[1].en))) from None


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
        raise RubricInvalid(source, [(line, _no_yaml(str(error.problem)))]) from None
    except (yaml.YAMLError, RecursionError, ValueError, ArithmeticError) as error:
        raise RubricInvalid(source, [(1, _no_yaml(str(error)))]) from None


def _no_yaml(why: str) -> Text:
    """The library's own words are English."""
    return Text(f"not valid YAML: {why}", f"ce n'est pas du YAML valide : {why}")


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
            itself = Text(
                "not valid YAML: an alias refers to itself",
                "ce n'est pas du YAML valide : un alias se désigne lui-même",
            )
            raise RubricInvalid(source, [(line, itself)])
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
            too_many = Text(
                f"this stands for more than {MOST_NODES} values: too many",
                f"ceci représente plus de {MOST_NODES} valeurs : c'est trop",
            )
            raise RubricInvalid(source, [(line, too_many)])
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
                line = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode):
                    no_word = Text("a key must be a plain word", "une clé doit être un simple mot")
                    raise RubricInvalid(source, [(line, no_word)])
                if key.value in seen:
                    twice = Text(
                        f"the key '{key.value}' is there twice",
                        f"la clé « {key.value} » y est deux fois",
                    )
                    raise RubricInvalid(source, [(line, twice)])
                seen.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
