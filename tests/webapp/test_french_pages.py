"""Every page of a student's in French: nothing of it is left in English but what has no language
of ours.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from grader.report import Report
from tests.webapp.support.everything import Everything, Place, make_everything
from tests.webapp.support.fixtures import School, add_tp, marking_of
from tests.webapp.support.spoken import left_in_english, texts
from webapp.accounts.models import User
from webapp.submissions import claims

#: Words that are the same in French; names of tools, of what the kernel's reports are called, of
#: priorities of the journal, of people and of the tasks in a check.
WORDS = """
Ringmark Student Fellow Instructor English Français Points Journal Message Source sha octet note
message messages interruption
shell reader writer root filler trigger failing drainer ender all
ESC NUL KCSAN gpj exe
oops panic kasan ubsan lockdep kcsan kernel alert info err warning notice debug emerg crit
"""
#: What people typed into the forms, what the kernel, its tools and the compiler print: in the
#: language they were written in.
OTHERS = (
    "Operating systems",
    "TP1: a circular buffer",
    "TP2 of the course",
    "TP3 of the course",
    "TP4 of the course",
    "It compiles",  # the rubric of tp2 says so in both
    "Why this?",
    "BUG: kernel NULL pointer dereference",
    "NULL pointer",
    "Kernel panic - not syncing",
    "possible circular locking",
    "asee_mod: buffer full, overwriting",
    "asee_mod: loaded",
    "unused variable",
    "MODULE_LICENSE(",  # a line of the source that did not change
    "copy_to_user is not looked at",
    "declared here",
    "modpost: undefined",
    'modpost: "irq_to_desc" undefined!',
    "expected ';' before '}' token",
    "other .c",
    "RIGHT-TO-LEFT OVERRIDE",
    "<script>alert(1)</script>",
)
SAME = frozenset(WORDS.split())


@pytest.fixture
def everything(school: School) -> Everything:
    return make_everything(school)


def both(client: Client, school: School, place: Place) -> tuple[str, str]:
    client.logout()
    if place.who:
        client.force_login(getattr(school, place.who))
    pages = []
    for language in ("en", "fr"):
        User.objects.update(language=language)
        answer = client.get(place.address, headers={"accept-language": language})
        assert answer.status_code == place.status, place
        pages.append(answer.content.decode())
        assert f'<html lang="{language}">' in pages[-1], place
    return pages[0], pages[1]


def test_no_page_of_a_students_has_english_left(everything: Everything, client: Client) -> None:
    left: dict[str, list[str]] = {}
    for place in everything.places():
        if place.who == "instructor":
            continue
        english, french = both(client, everything.school, place)
        for text in left_in_english(english, french, SAME):
            if not text.startswith(OTHERS):
                left.setdefault(text, []).append(place.name)
    assert not left, "\n".join(f"{text!r}: {', '.join(places)}" for text, places in left.items())


RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_real_marking_has_no_english_left(path: Path, school: School, client: Client) -> None:
    """What the engine itself says, of modules that were really marked."""
    report = Report.model_validate_json(path.read_text(encoding="utf-8"))
    if report.tp != school.assignment.tp:
        school = replace(school, assignment=add_tp(school, report.tp))
    submission = school.submit()
    claim = claims.claim(marking_of(submission).pk, timezone.now())
    assert claim is not None
    assert claims.finish(claim, report, timezone.now())
    place = Place(path.stem, "student", submission.get_absolute_url())
    english, french = both(client, school, place)
    own = (*OTHERS, *(each.message for each in report.build.diagnostics if not each.fr))
    own += tuple(each.title for each in report.findings if not each.fr)
    left = [
        text
        for text in left_in_english(english, french, SAME)
        if not any(each in text for each in own)
    ]
    assert not left, "\n".join(left)
    assert any(step.fr for each in report.criteria for check in each.checks
               for step in check.transcript) or not report.build.ok  # fmt: skip


def test_the_reader_finds_what_was_left() -> None:
    english = "<p>The mark</p><p title='Read on'>3</p><code>int main</code><p>cat /dev/x</p>"
    french = "<p>La note</p><p title='Read on'>3</p><code>int main</code><p>cat /dev/x</p>"
    assert left_in_english(english, french, frozenset()) == ["Read on"]
    assert left_in_english(english, english, frozenset()) == ["Read on", "The mark"]
    assert left_in_english(english, english, frozenset({"Read", "on", "The mark"})) == []
    assert texts("<html lang='fr'><p>un</p><b lang='en'>two</b><i>trois") == ["un", "trois"]
