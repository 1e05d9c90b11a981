"""Changing one value of a text leaves the rest as it was, to the byte."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from grader.rubric import compose_rubric
from grader.rubric.load import SHIPPED
from webapp.authoring import fields, yaml_edits
from webapp.authoring.yaml_edits import CannotEdit, Edit

SHIPPED_TEXTS = {
    path.parent.name: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*/rubric.yaml")
}
#: Their beginnings, up to the second criterion: what is tried hundreds of times.
BEGINNINGS = {
    name: "  - id:".join(text.split("  - id:")[:3]) for name, text in SHIPPED_TEXTS.items()
}
#: What shipped rubrics have not: every style of scalar, odd spacing, comments everywhere.
ODD = """\
# at the top
title:   {en: 'single ''quoted''' , fr: "dou\\u00e9ble" }   # after it
settings:

    device: plain words   # a device
    capacity:
    attributes:
        folder: x
criteria:
- id: a
  points:   1.50 # points
  title: {en: x, fr: }
  description:
    en: |
      first line

      third: line
    # between
    fr: >-
      folded
      text

  hint: {en: "a \\
      continued", fr: plain}
- {id: b, points: 2, title: {en: "x", fr: "y"}}
"""
ODDS = {"odd": ODD, "odd, no newline at the end": ODD.rstrip("\n")}

#: Letters that mean something in YAML, accents, quotes, newlines, control characters.
WORDS = st.text(
    st.sampled_from("ab1 é'\"\\:#{}[],&*!|>-%@`\n\t\x07\u2028\u00a0😀?~=")
    | st.characters(codec="utf-8", exclude_characters="\r"),
    max_size=30,
)


def changed_lines(old: str, new: str) -> tuple[list[str], list[str]]:
    """Without what is the same at both ends."""
    before, after = old.split("\n"), new.split("\n")
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return before, after


def names_in(text: str) -> list[str]:
    form = fields.form_of(text)
    assert form is not None
    return list(form.values())


def value_at(text: str, name: str) -> Any:
    found = yaml.safe_load(text)
    for part in fields.path_of(name):
        found = found[part]
    return found


@pytest.mark.parametrize("name", [*SHIPPED_TEXTS, *ODDS])
def test_a_form_that_was_not_touched_changes_nothing(name: str) -> None:
    text = (SHIPPED_TEXTS | ODDS)[name]
    form = fields.form_of(text)
    assert form is not None
    assert fields.merge(text, text, form.values()) == fields.Merged(text, {})
    for field, value in list(form.values().items())[::7]:
        assert yaml_edits.apply(text, Edit(fields.path_of(field), value)) == text


@settings(deadline=None)
@given(name=st.sampled_from(sorted(ODDS)), data=st.data(), value=WORDS)
@example(name="odd", data=None, value="x").via("every style at once")
@example(name="odd", data=None, value="").via("every value gone")
def test_any_value_is_read_back_and_nothing_else_moved(
    name: str, data: st.DataObject | None, value: str
) -> None:
    text = ODDS[name]
    names = names_in(text)
    for field in names if data is None else [data.draw(st.sampled_from(names))]:
        merged = fields.merge(text, text, {field: value})
        root, after = compose_rubric(text), compose_rubric(merged.text)
        assert root is not None and after is not None
        node = yaml_edits.find(root, fields.path_of(field))
        old = node.value if isinstance(node, yaml.ScalarNode) else ""
        if merged.refused:
            assert merged.text == text
            continue
        new = yaml_edits.find(after, fields.path_of(field))
        assert (new.value if isinstance(new, yaml.ScalarNode) else "") == value
        if value != old and node is not None:
            span = text.split("\n")[node.start_mark.line : node.end_mark.line + 1]
            # A mapping that is left empty goes with its own line.
            own_line = 1 if not value and field.startswith("settings.") else 0
            assert len(changed_lines(text, merged.text)[0]) <= len(span) + own_line


@settings(deadline=None)
@given(name=st.sampled_from(sorted(BEGINNINGS)), data=st.data(), value=WORDS)
def test_shipped_rubrics_change_at_one_line_only(
    name: str, data: st.DataObject, value: str
) -> None:
    text = BEGINNINGS[name]
    field = data.draw(st.sampled_from(names_in(text)))
    assume(value)
    merged = fields.merge(text, text, {field: value})
    if merged.refused:
        assert field.startswith("settings.") and field.count(".") > 1
        return
    gone, come = changed_lines(text, merged.text)
    assert len(gone) <= 1 and len(come) <= 1
    is_there = yaml_edits.find(compose_rubric(text), fields.path_of(field)) is not None
    assert (merged.text != text) or value == value_at(text, field)
    if is_there and gone:
        # The comment and the other language of the same line stay.
        for word in gone[0].split("#")[1:]:
            assert word in come[0]


@settings(deadline=None)
@given(st.sampled_from(sorted(BEGINNINGS)), st.data(), WORDS)
def test_there_and_back_is_the_same_text(name: str, data: st.DataObject, value: str) -> None:
    text = BEGINNINGS[name]
    there = [n for n in names_in(text) if ".en" in n or ".fr" in n or n.endswith(".points")]
    field = data.draw(st.sampled_from(there))
    before = fields.form_of(text)
    assert before is not None
    once = fields.merge(text, text, {field: value}).text
    back = fields.merge(once, once, {field: before.values()[field]}).text
    quoted = '"' in (changed_lines(text, back)[0] or [""])[0]
    assert back == text or (field.endswith(".points") and not quoted)


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        ("a: 1 # c\n", Edit(("a",), "2.5", typed=True), "a: 2.5 # c\n"),
        ("a: 1\n", Edit(("a",), "many", typed=True), "a: many\n"),
        ("a: 1\n", Edit(("a",), "on"), 'a: "on"\n'),
        ("a: 'x'\n", Edit(("a",), "l'eau"), "a: 'l''eau'\n"),
        ("a:\nb: 1\n", Edit(("a",), "x"), 'a: "x"\nb: 1\n'),
        ("s: {a: 1}\n", Edit(("s", "b"), "x"), "s: {a: 1, b: x}\n"),
        ("s: {}\n", Edit(("s", "b"), "x"), "s: {b: x}\n"),
        ("s:\n  a: 1 # c\nt: 2\n", Edit(("s", "b"), "x"), "s:\n  a: 1 # c\n  b: x\nt: 2\n"),
        ("s:\n  a: 1\n", Edit(("s", "b", "c"), "x"), "s:\n  a: 1\n  b: {c: x}\n"),
        ("a: 1\n", Edit(("s", "b"), "x y"), 'a: 1\ns: {b: "x y"}\n'),
        ("s: {a: 1, b: 2}\n", Edit(("s", "a"), "", optional=True), "s: {b: 2}\n"),
        ("s: {a: 1, b: 2}\n", Edit(("s", "b"), "", optional=True), "s: {a: 1}\n"),
        ("t: 1\ns: {a: 1}\n", Edit(("s", "a"), "", optional=True), "t: 1\n"),
        ("t: 1\ns:\n  a: 1\n", Edit(("s", "a"), "", optional=True), "t: 1\n"),
        ("s:\n  a: 1 # c\n  b: 2\n", Edit(("s", "a"), "", optional=True), "s:\n  b: 2\n"),
        ("a: |\n  x\n\n# c\nb: 1\n", Edit(("a",), "y\nz\n"), "a: |\n  y\n  z\n\n# c\nb: 1\n"),
        ("a: |-\n    x\nb: 1\n", Edit(("a",), "y"), "a: |-\n    y\nb: 1\n"),
    ],
)
def test_examples(text: str, edit: Edit, expected: str) -> None:
    assert yaml_edits.apply(text, edit) == expected


@pytest.mark.parametrize(
    ("text", "path", "word"),
    [
        ("a: &x one\nb: *x\n", ("b",), "alias"),
        ("a: &x one\nb: 1\n", ("a",), "anchor"),
        ("a: !!str one\n", ("a",), "tag"),
        ("a: [1]\n", ("a",), "more than one"),
        ("a: 1\n", ("a", "b"), "no place"),
        ("a: [1]\n", ("a", 3, "b"), "no place"),
    ],
)
def test_what_the_form_cannot_say_is_refused_in_words(
    text: str, path: yaml_edits.Path, word: str
) -> None:
    with pytest.raises(CannotEdit, match=word):
        yaml_edits.apply(text, Edit(path, "x"))


def test_what_was_changed_in_both_views_is_merged_by_the_criterions_id() -> None:
    base = SHIPPED_TEXTS["tp1"]
    lines = base.split("\n")
    start = lines.index("  - id: tp1.load")
    without_build = "\n".join([*lines[: lines.index("  - id: tp1.build")], *lines[start:]])
    form = fields.form_of(base)
    assert form is not None
    posted = {**form.values(), "criteria.1.points": "7", "criteria.0.points": "9"}
    merged = fields.merge(base, without_build, posted)
    assert value_at(merged.text, "criteria.0.points") == 7
    assert list(merged.refused) == ["criteria.0.points"]


def test_form_values_wait_while_the_yaml_is_broken() -> None:
    base = SHIPPED_TEXTS["tp1"]
    broken = base + "\n]"
    merged = fields.merge(base, broken, {"criteria.0.points": "7"})
    assert merged.text == broken
    assert "criteria.0.points" in merged.refused
