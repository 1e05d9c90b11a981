"""The whole story of a rubric, nothing replaced: written, refused, mended, published, the class
marked again, and what the student and the gradebook say of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.utils import timezone
from playwright.sync_api import expect

from grader.engine import Engine
from grader.intake import read_paths
from grader.rubric import load_rubric
from grader.rubric.load import SHIPPED
from tests.browser.conftest import Workers
from tests.browser.site import MARKED_WITHIN, Site
from tests.webapp.support.fixtures import School
from webapp.courses.models import Assignment
from webapp.rubrics.known import Described, store_known
from webapp.rubrics.models import ModuleKind
from webapp.rubrics.versions import current_version, put_in_use, store_version
from webapp.submissions.models import Mark

pytestmark = [pytest.mark.browser, pytest.mark.image]

KNOWN = Path(__file__).parents[1] / "submissions" / "tp1"
POINTS = {"tp1.build": 2, "tp1.load": 3, "tp1.store": 15}
#: Writes, and looks at nothing that comes of it.
POLITE = """\
- id: tp1.polite
  points: 4
  title: {en: "It listens", fr: "Il écoute"}
  description: {en: "A text can be written.", fr: "On peut écrire un texte."}
  hint: {en: "Look at write.", fr: "Regardez write."}
  checks:
    - id: polite.hello
      kind: sequence
      draw: {text: {text: [3, 3]}}
      steps: [{do: echo, text: text}]
"""


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Real markings, on a machine that may be busy."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=None)


def sources(name: str) -> list[Path]:
    folder = SHIPPED / "tp1" / name if name == "reference" else KNOWN / name
    return [path for path in sorted(folder.iterdir()) if path.suffix in {".c", ".h"}]


def small_tp(school: School) -> Assignment:
    """TP1 with three of its criteria, and a module for each of them."""
    given = school.assignment
    document = yaml.safe_load((SHIPPED / "tp1" / "rubric.yaml").read_text())
    chosen = [each for each in document["criteria"] if each["id"] in POINTS]
    for criterion in chosen:
        criterion["points"] = POINTS[criterion["id"]]
    text = yaml.safe_dump(document | {"criteria": chosen}, sort_keys=False, allow_unicode=True)
    put_in_use(store_version(given, text, timezone.now(), None), timezone.now(), None)
    modules = {
        "reference": (),
        "kfifo": (),
        "class-create-two-args": ("tp1.build",),
        "init-fails": ("tp1.load",),
        "cleared-at-open": ("tp1.store",),
    }
    for name, loses in modules.items():
        kind = ModuleKind.DEFECTIVE if loses else ModuleKind.REFERENCE
        tree = read_paths(sources(name))
        store_known(given, Described(name, kind, "", loses, tree), 7, timezone.now(), None)
    return given


def open_editor(site: Site) -> None:
    site.page.goto(f"{site.url}/teach/asee/tp/tp1/rubric/edit/")
    expect(site.page.locator("#ace .ace_content")).to_be_visible()


def write(site: Site, text: str, comes_to: str) -> None:
    site.page.evaluate("text => ace.edit('ace').setValue(text, 1)", text)
    expect(site.page.locator("#problems")).to_contain_text(comes_to)


def store(site: Site, number: int, note: str) -> None:
    page = site.page
    page.get_by_label(f"What changed in version {number}?").fill(note)
    page.get_by_role("button", name=f"Store as version {number}").click()
    expect(page.get_by_role("heading", name=f"Rubric version {number}")).to_be_visible()


def prove(site: Site) -> None:
    page = site.page
    page.get_by_role("link", name="Prove and publish").click()
    page.get_by_role("button", name="Try it on the known modules").click()
    expect(page.locator("#live")).to_contain_text("5 of 5 modules marked", timeout=MARKED_WITHIN)


def test_from_a_changed_rubric_to_what_the_student_reads(
    site: Site, engine: Engine, workers: Workers, tmp_path: Path
) -> None:
    school, page = site.school, site.page
    given = small_tp(school)
    first = current_version(given)
    assert load_rubric("tp1").version == 1  # the shipped one; the small one follows it
    workers.real()
    for who, module, mark in (("student", "cleared-at-open", "5/20"), ("fellow", "kfifo", "20/20")):
        site.log_in(who)
        site.hand_in(list(sources(module)))
        assert site.wait_for_mark() == mark
        page.get_by_role("button", name="Log out").click()

    # A criterion that nothing can lose is refused.
    site.log_in("instructor")
    open_editor(site)
    write(site, first.text + POLITE, "No problems: 4 criteria, 24 points")
    store(site, 3, "politeness counts")
    prove(site)
    refused = "No defective module loses “It listens” (tp1.polite)"
    expect(page.locator("#objections li")).to_have_text(re.compile(re.escape(refused)))
    page.get_by_role("button", name="Publish against the objections").click()
    expect(page.get_by_role("alert").filter(has_text="say why")).to_be_visible()
    assert current_version(given).pk == first.pk

    # Mended: that criterion goes, and loading is worth more than storing.
    open_editor(site)
    write(site, first.text, "No problems: 3 criteria, 20 points")
    for criterion, points in (("tp1.load", "13"), ("tp1.store", "5")):
        place = list(POINTS).index(criterion)
        page.locator(f"#of-criterion-{place} > summary").click()
        page.locator(f"#f-criteria-{place}-points").fill(points)
        total = "30" if criterion == "tp1.load" else "20"
        expect(page.locator("#problems")).to_contain_text(f"3 criteria, {total} points")
    store(site, 4, "loading counts more")
    prove(site)
    page.get_by_role("button", name="Publish version 4").click()
    expect(page.get_by_role("status").filter(has_text="Version 4 is in use")).to_be_visible()

    # The class is marked again: told before, compared, and only then applied.
    page.goto(f"{site.url}/teach/asee/tp/tp1/regrades/new/")
    page.get_by_label("Why").fill("loading a module is the hard part")
    page.get_by_role("button", name="See how much it is").click()
    expect(page.get_by_role("heading", name="2 submissions of 2 students")).to_be_visible()
    page.get_by_role("button", name="Mark 2 submissions again").click()
    expect(page.locator("#regrade-live")).to_contain_text("All are marked", timeout=MARKED_WITHIN)
    page.reload()
    changed = page.locator("table.changes tbody tr").filter(has_text="Student")
    expect(changed).to_contain_text("+10")
    assert dict(Mark.objects.values_list("submission__student__username", "score")) == {
        "student": 5, "fellow": 20,
    }  # fmt: skip
    page.get_by_role("button", name=re.compile("^Only those that gain")).click()
    expect(page.get_by_text("1 mark applied.")).to_be_visible()

    # The gradebook's CSV agrees.
    page.goto(f"{site.url}/teach/asee/gradebook/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    file = tmp_path / "marks.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        marks = {row["username"]: row["tp1"] for row in csv.DictReader(lines)}
    assert marks == {"student": "15", "fellow": "20"}

    # The student sees the other mark, and why.
    page.get_by_role("button", name="Log out").click()
    site.log_in("student")
    page.goto(f"{site.url}/courses/asee/tp1/")
    page.get_by_role("link", name="Attempt 1").click()
    assert site.wait_for_mark() == "15/20"
    told = page.get_by_role("region", name="Marked again")
    expect(told).to_contain_text("Because: loading a module is the hard part")
    expect(told.get_by_role("listitem").first).to_contain_text("It loads and makes its device")
