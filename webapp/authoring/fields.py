"""The form: single values of a rubric's text, each named by its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from grader.rubric import RubricInvalid, compose_rubric
from webapp.authoring import yaml_edits
from webapp.authoring.problems import Reading
from webapp.authoring.yaml_edits import CannotEdit, Edit

#: Criteria that the form shows; a form may send a thousand values, each criterion has seven.
MOST_CRITERIA = 100


@dataclass(frozen=True)
class Kind:
    """How a value is asked for. ``typed`` and ``optional`` as in :class:`Edit`."""

    label: str | Promise
    control: str = "line"
    typed: bool = False
    optional: bool = False
    choices: tuple[tuple[str, str | Promise], ...] = ()
    placeholder: str = ""
    language: str = ""


_EN, _FR = gettext_lazy("English"), gettext_lazy("French")
TITLE = {
    "title.en": Kind(gettext_lazy("Title in English"), language="en"),
    "title.fr": Kind(gettext_lazy("Title in French"), language="fr"),
}
SETTINGS = {
    "settings.device": Kind(
        gettext_lazy("Device in /dev"), optional=True, placeholder="asee_mod"
    ),
    "settings.capacity": Kind(
        gettext_lazy("Capacity in bytes"), "number", typed=True, optional=True, placeholder="16"
    ),
    "settings.newline": Kind(
        gettext_lazy("A trailing newline is"), "choice", optional=True,
        choices=(
            ("", gettext_lazy("not said: either")), ("either", gettext_lazy("stored or dropped")),
            ("strip", gettext_lazy("dropped")), ("keep", gettext_lazy("stored")),
        ),
    ),
    "settings.blocking": Kind(
        gettext_lazy("Reads and writes wait"), "choice", typed=True, optional=True,
        choices=(
            ("", gettext_lazy("not said: no")), ("false", gettext_lazy("no")),
            ("true", gettext_lazy("yes")),
        ),
    ),
    "settings.attributes.folder": Kind(
        gettext_lazy("Folder in /sys/kernel"), optional=True, placeholder="asee_mod"
    ),
    "settings.attributes.size": Kind(
        gettext_lazy("Attribute of the size"), optional=True, placeholder="asee_buf_size"
    ),
    "settings.attributes.count": Kind(
        gettext_lazy("Attribute of the count"), optional=True, placeholder="asee_buf_count"
    ),
    "settings.interrupt.line": Kind(
        gettext_lazy("Interrupt line"), "number", typed=True, optional=True
    ),
    "settings.interrupt.attribute": Kind(
        gettext_lazy("Attribute that raises it, if prescribed"), optional=True
    ),
}  # fmt: skip
OF_A_CRITERION = {
    "points": Kind(gettext_lazy("Points"), "number", typed=True),
    "title.en": Kind(gettext_lazy("Title in English"), language="en"),
    "title.fr": Kind(gettext_lazy("Title in French"), language="fr"),
    "description.en": Kind(gettext_lazy("Description in English"), "area", language="en"),
    "description.fr": Kind(gettext_lazy("Description in French"), "area", language="fr"),
    "hint.en": Kind(gettext_lazy("Hint in English"), "area", language="en"),
    "hint.fr": Kind(gettext_lazy("Hint in French"), "area", language="fr"),
}


@dataclass(frozen=True)
class FormField:
    name: str
    kind: Kind
    value: str
    error: str = ""

    @property
    def id(self) -> str:
        return f"f-{self.name.replace('.', '-')}"

    @property
    def choices(self) -> tuple[tuple[str, str | Promise], ...]:
        """With the value that is there, whatever it is."""
        known = self.kind.choices
        return known if self.value in dict(known) else ((self.value, self.value), *known)


@dataclass(frozen=True)
class CriterionFields:
    position: int
    id: str
    title: str
    points: str
    fields: tuple[FormField, ...]

    @property
    def has_error(self) -> bool:
        return any(field.error for field in self.fields)


@dataclass(frozen=True)
class RubricFields:
    """``hidden``: criteria beyond those that the form shows."""

    title: tuple[FormField, ...]
    settings: tuple[FormField, ...]
    criteria: tuple[CriterionFields, ...]
    hidden: int

    @property
    def settings_have_error(self) -> bool:
        return any(field.error for field in self.settings)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.criteria]

    def values(self) -> dict[str, str]:
        every = [*self.title, *self.settings]
        for each in self.criteria:
            every.extend(each.fields)
        return {field.name: field.value for field in every}


def form_of(text: str, reading: Reading | None = None) -> RubricFields | None:
    """The text's values; None for a text that is no YAML mapping."""
    try:
        root = compose_rubric(text)
    except RubricInvalid:
        return None
    if not isinstance(root, yaml.MappingNode):
        return None

    def field(name: str, kind: Kind) -> FormField:
        error = reading.at(name) if reading else ""
        return FormField(name, kind, _value(root, name), error)

    criteria = yaml_edits.find(root, ("criteria",))
    count = len(criteria.value) if isinstance(criteria, yaml.SequenceNode) else 0
    return RubricFields(
        title=tuple(field(name, kind) for name, kind in TITLE.items()),
        settings=tuple(field(name, kind) for name, kind in SETTINGS.items()),
        criteria=tuple(
            CriterionFields(
                position=n,
                id=_value(root, f"criteria.{n}.id"),
                title=_value(root, f"criteria.{n}.title.en"),
                points=_value(root, f"criteria.{n}.points"),
                fields=tuple(
                    field(f"criteria.{n}.{name}", kind) for name, kind in OF_A_CRITERION.items()
                ),
            )
            for n in range(min(count, MOST_CRITERIA))
        ),
        hidden=max(0, count - MOST_CRITERIA),
    )


@dataclass(frozen=True)
class Merged:
    """``refused``: path -> why that value could not be put into the text."""

    text: str
    refused: dict[str, str]


def merge(base: str, text: str, posted: Mapping[str, str]) -> Merged:
    """The text with what was changed in the form. ``base``: the text that the form was made of;
    what is as it was there was not touched, and the text may say something else by now.
    """
    form, now = form_of(base), form_of(text)
    known = form.values() if form else {}
    refused: dict[str, str] = {}
    for name, value in posted.items():
        clean = value.replace("\r\n", "\n")
        if form is None or name not in known or known[name] == clean:
            continue
        place = _place(name, form, now)
        if now is None:
            refused[name] = _("The YAML cannot be read: mend it first, then change this value.")
        elif place is None:
            refused[name] = _("The YAML has no such criterion any more.")
        else:
            try:
                text = yaml_edits.apply(text, _edit(place, clean))
            except CannotEdit as problem:
                refused[name] = str(problem)
            except RubricInvalid as problem:
                refused[name] = problem.text.get(get_language() or "en")
    return Merged(text, refused)


def _place(name: str, form: RubricFields, now: RubricFields | None) -> str | None:
    """Where the value is now: criteria are told by their ids, for the text may have others."""
    parts = name.split(".")
    if parts[0] != "criteria" or now is None:
        return name
    identifier = form.ids[int(parts[1])]
    if identifier not in now.ids:
        return None
    return ".".join(["criteria", str(now.ids.index(identifier)), *parts[2:]])


def _edit(name: str, value: str) -> Edit:
    path = path_of(name)
    short = ".".join(name.split(".")[2:]) if path[0] == "criteria" else name
    kind = OF_A_CRITERION.get(short) or SETTINGS.get(short) or TITLE[short]
    return Edit(path, value, typed=kind.typed, optional=kind.optional)


def path_of(name: str) -> yaml_edits.Path:
    return tuple(int(part) if part.isdigit() else part for part in name.split("."))


def _value(root: yaml.Node, name: str) -> str:
    node = yaml_edits.find(root, path_of(name))
    return node.value if isinstance(node, yaml.ScalarNode) else ""
