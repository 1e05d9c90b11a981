"""English and French: the catalogue is whole, the switch holds, pages are in one language."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tests.webapp.support import po
from tests.webapp.support.fixtures import MODULE, School, finish
from webapp.accounts.models import User
from webapp.submissions.marks import settle
from webapp.submissions.models import CriterionProgress, Marking

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "webapp" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
TEXTS = po.read(CATALOGUE)

#: %(name)s, %d, %%, tags: what a translation has to keep.
KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+>")

#: Numbers in a drawing, each attribute with the numbers that it may hold.
NUMBERS = re.compile(r"-?\d+(\.\d+)?([ ,]-?\d+(\.\d+)?)*")
DRAWN = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "dx", "dy", "width", "height", "points"}


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    compiled = CATALOGUE.with_suffix(".mo")
    assert compiled.exists(), "the texts are not compiled: run setup/bootstrap runtime"
    assert compiled.stat().st_mtime_ns >= CATALOGUE.stat().st_mtime_ns, "run setup/bootstrap"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """A request leaves its language with the thread: the next test shall not have it."""
    with translation.override("en"):
        yield


# --- the catalogue -------------------------------------------------------------------------
def test_every_text_is_translated() -> None:
    assert len(TEXTS) > 900
    assert not [each.key for each in TEXTS if each.fuzzy or not all(each.translations)]
    plural = [each for each in TEXTS if "msgid_plural" in each.parts]
    assert all(len(each.translations) == 2 for each in plural)


def test_translations_keep_placeholders_and_tags() -> None:
    wrong = []
    for each in TEXTS:
        allowed = [Counter(KEPT.findall(each.parts["msgid"]))]
        if "msgid_plural" in each.parts:
            allowed.append(Counter(KEPT.findall(each.parts["msgid_plural"])))
        wrong += [text for text in each.translations if Counter(KEPT.findall(text)) not in allowed]
    assert not wrong


def test_the_catalogue_has_the_texts_of_the_sources_and_no_others(tmp_path: Path) -> None:
    copy = tmp_path / "webapp"
    ignored = shutil.ignore_patterns("locale", "static", "__pycache__")
    shutil.copytree(ROOT / "webapp", copy, ignore=ignored)
    (copy / "locale").mkdir()
    command = [sys.executable, str(ROOT / "manage.py"), "makemessages", "-l", "fr"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    fresh = po.read(copy / "locale" / "fr" / "LC_MESSAGES" / "django.po")
    help_text = "cd webapp && ../manage.py makemessages -l fr --no-obsolete --add-location file"
    assert {each.key for each in fresh} == {each.key for each in TEXTS}, help_text


# --- the switch ----------------------------------------------------------------------------
def switch(client: Client, language: str, back: str = "/accounts/login/") -> str:
    answer = client.post(reverse("set_language"), {"language": language, "next": back})
    assert answer.status_code == 302
    return answer["Location"]


def language_of(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    found = re.search(r'<html lang="(\w+)">', answer.content.decode())
    assert found is not None
    assert answer["Content-Language"] == found[1]
    return found[1]


def test_without_a_login_the_browser_decides_until_somebody_switches(
    school: School, client: Client
) -> None:
    login = reverse("login")
    assert language_of(client, login) == "en"
    assert language_of(client, login, accept_language="fr-FR,fr;q=0.9") == "fr"
    html = client.get(login + "?next=/courses/").content.decode()
    assert 'name="language" value="fr" lang="fr">Français</button>' in html
    assert 'name="next" value="/accounts/login/?next=/courses/"' in html
    assert switch(client, "fr", login + "?next=/courses/") == login + "?next=/courses/"
    assert language_of(client, login) == "fr"
    assert "Se connecter" in client.get(login).content.decode()
    assert switch(client, "en") == login
    assert language_of(client, login, accept_language="fr") == "en"


def test_an_account_keeps_its_language_on_every_device(school: School, client: Client) -> None:
    client.force_login(school.student)
    assert language_of(client, "/") == "en"
    switch(client, "fr")
    assert User.objects.get(pk=school.student.pk).language == "fr"
    other_device = Client()
    other_device.force_login(school.student)
    assert language_of(other_device, "/") == "fr"
    somebody_else = Client()
    somebody_else.force_login(school.fellow)
    assert language_of(somebody_else, "/") == "en"
    switch(other_device, "en")
    assert language_of(client, "/") == "en"


def test_an_unknown_language_and_a_foreign_address_change_nothing(
    school: School, client: Client
) -> None:
    client.force_login(school.student)
    assert switch(client, "xx", "https://elsewhere.example/") == "/"
    assert User.objects.get(pk=school.student.pk).language == ""
    User.objects.filter(pk=school.student.pk).update(language="xx")
    assert language_of(client, "/") == "en"


def test_a_page_that_answers_a_form_goes_back_to_the_form(school: School, client: Client) -> None:
    html = client.post(
        reverse("login"),
        {"username": "student", "password": "wrong"},
        headers={"referer": "http://testserver/accounts/login/?next=/"},
    ).content.decode()
    assert 'name="next" value="http://testserver/accounts/login/?next=/"' in html


# --- pages in French -----------------------------------------------------------------------
class Page(HTMLParser):
    """Headings, buttons and column heads as text; attributes of drawings."""

    SHORT = frozenset({"h1", "h2", "h3", "button", "th", "label", "summary"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.drawn: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SHORT:
            self._open.append("")
        if tag in {"svg", "rect", "circle", "line", "text", "polyline", "path", "g"}:
            self.drawn += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in self.SHORT and self._open:
            self.texts.add(" ".join(self._open.pop().split()))


#: Texts that no French page has: "Note" is French too, and the switch says "English".
ENGLISH = {each.parts["msgid"] for each in TEXTS if not KEPT.search(each.parts["msgid"])}
ENGLISH -= {text for each in TEXTS for text in each.translations} | {"English"}


def french(client: Client, address: str) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200, address
    html = answer.content.decode()
    assert '<html lang="fr">' in html
    page = Page(html)
    assert not page.texts & ENGLISH, address
    broken = [
        (name, value)
        for name, value in page.drawn
        if name in DRAWN and not NUMBERS.fullmatch(value)
    ]
    assert not broken, address
    # A comma between two digits without a following space is a decimal comma.
    commas = [each for each in page.drawn if each[0] in DRAWN - {"points"} and "," in each[1]]
    assert not commas, address
    return page


@pytest.fixture
def in_french(school: School, client: Client) -> School:
    """With three attempts, so that pages have tables and drawings."""
    User.objects.update(language="fr")
    for number, kind in enumerate(("defect", "defect", "perfect")):
        finish(school.submit(MODULE + b"\n" * number), kind)
    finish(school.submit(MODULE, student=school.fellow), "defect")
    return school


def test_students_read_french(in_french: School, client: Client) -> None:
    client.force_login(in_french.student)
    tp = in_french.assignment.get_absolute_url()
    attempts = reverse("attempts", args=[in_french.course.slug, "tp1"])
    assert "Rendre" in french(client, tp).texts
    assert "Vos cours" in french(client, "/").texts
    page = french(client, attempts)
    assert any(each.startswith("Vos essais") for each in page.texts)
    assert any(name == "points" for name, _ in page.drawn)
    latest = in_french.student.submissions.order_by("-attempt")
    for submission in latest:
        page = french(client, submission.get_absolute_url())
        assert any(each.startswith("Critères") for each in page.texts)


def test_instructors_read_french(in_french: School, client: Client) -> None:
    client.force_login(in_french.instructor)
    course = in_french.course.slug
    pages = {
        name: french(client, reverse(name, args=[course, *more]))
        for name, more in (
            ("assignment", ["tp1"]),
            ("gradebook", []),
            ("class-report", ["tp1"]),
            ("rubric", ["tp1"]),
            ("rubric-edit", ["tp1"]),
            ("known-modules", ["tp1"]),
            ("regrades", ["tp1"]),
            ("extensions", ["tp1"]),
            ("tp-settings", ["tp1"]),
            ("audit", []),
            ("tp-new", []),
        )
    }
    assert "Carnet de notes" in pages["gradebook"].texts
    assert "Enregistrer le brouillon" in pages["rubric-edit"].texts
    assert any(name == "height" for name, _ in pages["class-report"].drawn)


def test_dates_and_numbers_follow_the_language() -> None:
    page = Template('{% load text %}{{ day|date:"j M Y" }}: {{ mark|points }}/{{ most|points }}')
    context = Context({"day": dt.date(2026, 10, 13), "mark": 2.5, "most": 20.0})
    assert page.render(context) == "13 Oct 2026: 2.5/20"
    with translation.override("fr"):
        assert page.render(context) == "13 oct. 2026: 2,5/20"


def test_files_have_points_in_french_too(in_french: School, client: Client) -> None:
    CriterionProgress.objects.filter(verdict="pass").update(points=0.5)
    for marking in Marking.objects.filter(submission__isnull=False):
        settle(marking.submission)
    client.force_login(in_french.instructor)
    address = reverse("gradebook-export", args=[in_french.course.slug])
    answer = client.post(address, {"kind": "csv", "rows": "all"})
    text = b"".join(answer).decode("utf-8-sig")
    head, *rows = csv.reader(text.splitlines())
    marks = [row[head.index("tp1")] for row in rows]
    assert "5.5" in marks
    assert all(re.fullmatch(r"\d+(\.\d+)?", each) for each in marks), marks
