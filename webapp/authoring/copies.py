"""A rubric for another TP: another short name, device, sysfs folder and attributes, in its settings
and in all that students read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import yaml
from django.utils.translation import gettext

from grader.rubric import Rubric, compose_rubric, parse_rubric, shipped_rubrics
from grader.rubric.load import SHIPPED
from webapp.accounts.models import User
from webapp.authoring import yaml_edits
from webapp.authoring.yaml_edits import Edit
from webapp.courses.models import Role
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.versions import numbered
from webapp.submissions.unseen import as_plain_text


@dataclass(frozen=True)
class Names:
    """What a module calls its parts; empty: as in the rubric that is copied."""

    device: str = ""
    folder: str = ""
    size: str = ""
    count: str = ""
    attribute: str = ""


#: Where in a rubric each of them is said.
PLACES = {
    "device": ("settings", "device"),
    "folder": ("settings", "attributes", "folder"),
    "size": ("settings", "attributes", "size"),
    "count": ("settings", "attributes", "count"),
    "attribute": ("settings", "interrupt", "attribute"),
}


@dataclass(frozen=True)
class Source:
    """A rubric to begin with. ``key``: what a form sends for it."""

    key: str
    label: str


def sources(teacher: User) -> list[Source]:
    """The shipped rubrics, then those of every TP that the person teaches: what is in use, else
    the latest. Two queries at most.
    """
    found = [
        Source(f"shipped:{tp}", gettext("%(tp)s, as shipped with Ringmark") % {"tp": tp})
        for tp in shipped_rubrics()
    ]
    versions = (
        RubricVersion.objects.filter(
            assignment__course__enrolments__user=teacher,
            assignment__course__enrolments__role=Role.INSTRUCTOR,
        )
        .select_related("assignment__course")
        .defer("text")
        .order_by("assignment__course__title", "assignment__tp", "is_current", "number")
    )
    best = {version.assignment_id: version for version in versions}
    found += [
        Source(
            f"version:{each.pk}",
            gettext("%(tp)s, version %(n)d")
            % {"tp": as_plain_text(str(each.assignment)), "n": each.number},
        )
        for each in best.values()
    ]
    return found


def text_of(key: str, teacher: User) -> str | None:
    """The rubric behind a key; None for one that the person must not have, or that is none."""
    if key not in {each.key for each in sources(teacher)}:
        return None
    kind, _, name = key.partition(":")
    if kind == "shipped":
        return (SHIPPED / name / "rubric.yaml").read_text(encoding="utf-8")
    return RubricVersion.objects.get(pk=int(name)).text


def label_of(key: str, teacher: User) -> str:
    return next((each.label for each in sources(teacher) if each.key == key), key)


def names_in(rubric: Rubric) -> Names:
    """What the rubric prescribes; empty for what it has not got."""
    settings = rubric.settings
    attributes, interrupt = settings.attributes, settings.interrupt
    return Names(
        device=settings.device,
        folder=attributes.folder if attributes else "",
        size=attributes.size if attributes else "",
        count=attributes.count if attributes else "",
        attribute=(interrupt.attribute or "") if interrupt else "",
    )


def renamed(text: str, tp: str, names: Names, title: dict[str, str] | None = None) -> str:
    """The rubric for another TP, as version 1.

    Raises:
        RubricInvalid: the text is no rubric.
        CannotEdit: a value stands where it cannot be changed.
    """
    rubric = parse_rubric(text)
    old = names_in(rubric)
    words = {
        getattr(old, each.name): getattr(names, each.name)
        for each in reversed(fields(Names))  # of equal old names the device's counts
        if getattr(old, each.name) and getattr(names, each.name)
    }
    ids = {each.id: f"{tp}.{each.id.partition('.')[2]}" for each in rubric.criteria}
    fixed: dict[yaml_edits.Path, str] = {("id",): tp, ("tp",): tp}
    fixed |= {("title", language): value for language, value in (title or {}).items()}
    fixed |= {path: getattr(names, place) for place, path in PLACES.items()}
    fixed = {path: value for path, value in fixed.items() if value}
    text = _everywhere(text, Changer(words | ids, old, names), fixed)
    present = _present(text, fixed)
    for path, value in fixed.items():
        if path not in present:
            text = yaml_edits.apply(text, Edit(path, value))
    text = numbered(text, 1)
    parse_rubric(text)
    return text


@dataclass(frozen=True)
class Changer:
    """Replaces whole words, all at once, so that names can be swapped."""

    words: dict[str, str]
    old: Names
    new: Names

    def __call__(self, text: str) -> str:
        if not self.words:
            return text
        inner = "|".join(re.escape(word) for word in sorted(self.words, key=len, reverse=True))
        pattern = re.compile(
            r"(?P<sysfs>/sys/kernel/|kobject_create_and_add\(\\*\")?"
            rf"(?<![A-Za-z0-9_])(?P<word>{inner})(?![A-Za-z0-9_])"
        )
        return pattern.sub(self._one, text)

    def _one(self, found: re.Match[str]) -> str:
        before, word = found["sysfs"] or "", found["word"]
        # The device and the folder may share their name, as asee_mod does.
        is_folder = bool(before) and word == self.old.folder
        return before + ((self.new.folder or word) if is_folder else self.words[word])


def _everywhere(text: str, change: Changer, fixed: dict[yaml_edits.Path, str]) -> str:
    """Values that students read, ids, comments, and what ``fixed`` says, as far as it is there.
    Keys and what checks do stay.
    """
    root = compose_rubric(text)
    assert root is not None
    values = {node: change(node.value) for node in _read_by_people(root)}
    for path, value in fixed.items():
        node = yaml_edits.find(root, path)
        if isinstance(node, yaml.ScalarNode):
            values[node] = value
    jobs: list[tuple[int, int, tuple[yaml.ScalarNode, str] | None]] = [
        (node.start_mark.index, node.end_mark.index, (node, value))
        for node, value in values.items()
        if value != node.value
    ]
    jobs += [(start, end, None) for start, end in _between(text, root) if "#" in text[start:end]]
    # From the end to the beginning, so that the nodes' marks stay true.
    for start, end, job in sorted(jobs, key=lambda each: each[0], reverse=True):
        if job is not None:
            text = yaml_edits.replace_scalars(text, [job])
        else:
            text = text[:start] + _in_comments(text[start:end], change) + text[end:]
    return text


def _between(text: str, root: yaml.Node) -> Iterator[tuple[int, int]]:
    """The stretches between values: punctuation and comments."""
    end = 0
    marks = {(n.start_mark.index, n.end_mark.index) for n in _scalars(root)}
    for start, stop in sorted(marks):
        yield end, start
        end = stop
    yield end, len(text)


def _present(text: str, paths: Iterable[yaml_edits.Path]) -> set[yaml_edits.Path]:
    root = compose_rubric(text)
    return {path for path in paths if yaml_edits.find(root, path) is not None}


def _in_comments(text: str, change: Changer) -> str:
    return re.sub(r"#.*", lambda found: change(found[0]), text)


def _read_by_people(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Titles, descriptions, hints and the criteria's ids."""
    paths: list[yaml_edits.Path] = [("title", language) for language in ("en", "fr")]
    criteria = yaml_edits.find(root, ("criteria",))
    for n in range(len(criteria.value) if criteria is not None else 0):
        paths.append(("criteria", n, "id"))
        paths += [
            ("criteria", n, part, language)
            for part in ("title", "description", "hint")
            for language in ("en", "fr")
        ]
    for path in paths:
        node = yaml_edits.find(root, path)
        if isinstance(node, yaml.ScalarNode):
            yield node


def _scalars(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    return (node for node in yaml_edits.walk(root) if isinstance(node, yaml.ScalarNode))
