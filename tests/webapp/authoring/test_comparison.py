"""What differs between two texts, and the help that the schema gives."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader.rubric import parse_rubric
from grader.rubric.load import SHIPPED
from grader.rubric.schema import Check
from tests.webapp.support.fixtures import School
from webapp.authoring import comparison, kinds
from webapp.authoring.templatetags.authoring import docstring
from webapp.differences import diff
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.versions import store_version

TP2 = (SHIPPED / "tp2" / "rubric.yaml").read_text(encoding="utf-8")


def words(*changes: tuple[str, str]) -> list[str]:
    text = TP2
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return comparison.in_words(parse_rubric(TP2), parse_rubric(text))


def test_nothing_changed_is_no_sentence() -> None:
    assert words(("# Only", "# Nothing but")) == []


def test_points_criteria_texts_checks_and_settings_are_told() -> None:
    assert words(("    points: 2", "    points: 4.5")) == [
        "The full mark changed from 20 to 22.5 points.",
        "tp2.sysfs: 2 points became 4.5.",
    ]
    assert words(("- id: tp2.sysfs", "- id: tp2.attributes")) == [
        "tp2.attributes is new: “Both attributes are there”, 2 points.",
        "tp2.sysfs is gone: “Both attributes are there”, 2 points.",
    ]
    assert words(("Le module compile", "Il compile"), ("Your module", "It")) == [
        "tp2.build: the title in French changed.",
        "tp2.build: the description in English changed.",
    ]
    assert words(("{id: sysfs, kind", "{id: both, kind"), ("read, count: 2", "read, count: 1")) == [
        "tp2.sysfs: new check both.",
        "tp2.sysfs: the check sysfs is gone.",
        "tp2.count: the check count.follows changed.",
    ]
    assert words(("  capacity: 16", "  capacity: 32\n  blocking: true")) == [
        "The setting capacity changed from 16 to 32.",
        "The setting blocking changed from no to yes.",
    ]
    assert words(("newline: either", "newline: either\n  interrupt: {line: 11}")) == [
        "The setting interrupt.line changed from nothing to 11."
    ]
    assert words(("TP2: size", "Size")) == [
        "The title in English changed: “TP2: size and count through sysfs” became “Size and count "
        "through sysfs”."
    ]


def test_another_order_is_told() -> None:
    first, second = TP2.index("  - id: tp2.build"), TP2.index("  - id: tp2.load")
    third = TP2.index("  - id: tp2.sysfs")
    swapped = TP2[:first] + TP2[second:third] + TP2[first:second] + TP2[third:]
    assert comparison.in_words(parse_rubric(TP2), parse_rubric(swapped)) == [
        "The criteria are in another order."
    ]


def test_a_diff_numbers_both_sides() -> None:
    old = [f"line {n}" for n in range(1, 31)]
    new = ["twenty" if each == "line 20" else each for each in old if each != "line 10"]
    shown = [(line.sign, line.text, line.old, line.new) for line in diff(old, new)]
    assert ("-", "line 10", 10, None) in shown
    assert ("+", "twenty", None, 19) in shown and ("-", "line 20", 20, None) in shown
    assert (" ", "line 9", 9, 9) in shown and (" ", "line 21", 21, 20) in shown
    assert [line[0] for line in shown].count("@") == 2
    assert list(diff(old, old)) == []


def test_two_versions_are_compared_on_a_page(school: School, client: Client) -> None:
    first = RubricVersion.objects.get(assignment=school.assignment)
    text = first.text.replace("points: 3", "points: 4", 1)
    store_version(school.assignment, text, timezone.now(), school.instructor, "four")
    client.force_login(school.instructor)
    page = reverse("rubric-diff", args=[school.course.slug, "tp1"])
    shown = client.get(page, {"old": "1", "new": "2"}).content.decode()
    assert "tp1.store: 3 points became 4." in shown
    assert "<del>    points: 3</del>" in shown and "<ins>    points: 4</ins>" in shown
    assert "added</span>" in shown and "removed</span>" in shown
    assert client.get(page).content.decode().count("<ins>") == shown.count("<ins>")
    for old, new in (("1", "9"), ("x", "2"), ("-1", "2"), ("9" * 40, "2"), ("", "2")):
        assert client.get(page, {"old": old, "new": new}).status_code == 404


def test_a_version_of_another_schema_is_shown_as_it_is(school: School, client: Client) -> None:
    RubricVersion.objects.create(
        assignment=school.assignment, number=2, text="schema: ringmark.rubric/0\n",
        created_at=timezone.now(),
    )  # fmt: skip
    client.force_login(school.instructor)
    args = [school.course.slug, "tp1"]
    shown = client.get(reverse("rubric-version", args=[*args, 2])).content.decode()
    assert "cannot read any more" in shown and "ringmark.rubric/0" in shown
    assert client.get(reverse("rubric-diff", args=args)).status_code == 200
    assert client.get(reverse("rubric-edit", args=args)).status_code == 200


def test_every_kind_of_check_is_explained_by_its_own_words() -> None:
    panel = kinds.help_panel()
    mapping = {each.name: each for each in panel.checks}
    schema_kinds = Check.__metadata__[0].discriminator  # type: ignore[attr-defined]
    assert schema_kinds == "kind" and len(mapping) == len(panel.checks) >= 14
    assert all(each.about for each in (*panel.checks, *panel.steps))
    stress = {field.name: field for field in mapping["stress"].fields}
    assert stress["judge"].takes == "conserve | wakeups" and stress["judge"].default is None
    assert stress["writers"].takes == "number 1 to 4"
    sequence = {field.name: field for field in mapping["sequence"].fields}
    assert sequence["strict_returns"].default == "false"
    assert "what write returns" in sequence["strict_returns"].about
    assert sequence["draw"].takes == "name: draw, ..."
    steps = {each.name for each in panel.steps}
    assert {"echo", "kill", "interrupt", "write-nothing, read-nothing"} <= steps


def test_the_schemas_words_are_escaped() -> None:
    assert docstring("a ``<b>`` <i>\n\nnext") == (
        "<p>a <code>&lt;b&gt;</code> &lt;i&gt;</p>\n<p>next</p>"
    )
