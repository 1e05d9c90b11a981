"""The pictures in docs/screenshots, of submissions that are really marked: ``make screenshots``.

No test: pytest runs it for its fixtures, when it is named.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from grader.engine import Engine
from tests.browser.conftest import Workers
from tests.browser.site import MODULES, Site, known_sources
from tests.webapp.gradebook.classroom import Classroom
from tests.webapp.support.fixtures import add_tp

pytestmark = [pytest.mark.browser, pytest.mark.image]

HERE = Path(__file__).parents[2] / "docs" / "screenshots"


def test_what_a_student_sees(site: Site, engine: Engine, workers: Workers) -> None:
    page = site.page
    add_tp(site.school, "tp3")
    workers.real()
    site.log_in("student")
    site.hand_in(known_sources("tp1/capacity-17"))
    site.wait_for_mark()
    page.screenshot(path=HERE / "result.png")
    site.criterion("tp1.overwrite").locator(".check").first.screenshot(path=HERE / "buffer.png")
    site.hand_in(MODULES / "correct.c")
    site.wait_for_mark()
    page.goto(f"{site.url}/courses/asee/tp1/attempts/")
    page.screenshot(path=HERE / "attempts.png")
    for module, criterion, picture in (
        ("tp3/writers-not-woken", "tp3.write-blocks", "timeline"),
        ("tp3/two-locks-two-orders", "", "lock-orders"),
    ):
        site.hand_in(known_sources(module), "tp3")
        site.wait_for_mark()
        if criterion:
            shown = site.criterion(criterion).locator(".check").first
        else:
            shown = page.locator("article.finding", has_text="circular locking").first
        shown.screenshot(path=HERE / f"{picture}.png")


def test_what_an_instructor_sees(site: Site) -> None:
    page = site.page
    room = Classroom(site.school, timezone.now())
    for number, (first, last) in enumerate((("Ada", "L."), ("Linus", "T."), ("Grace", "H."))):
        student = room.enrol(f"student{number}", f"{first} {last}", group=f"G{number % 2 + 1}")
        room.attempt(student, room.tp1, (2, 8, 10 - 3 * number))
    site.log_in("instructor")
    page.goto(f"{site.url}/teach/asee/gradebook/")
    page.screenshot(path=HERE / "gradebook.png")
    page.goto(f"{site.url}/teach/asee/tp/tp1/rubric/edit/")
    expect(page.locator("#ace .ace_content")).to_be_visible()
    page.screenshot(path=HERE / "editor.png")
