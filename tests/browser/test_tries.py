"""Trying something without handing it in, then handing it in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from grader.engine import Engine
from tests.browser.conftest import Workers
from tests.browser.site import MARKED_WITHIN, Site
from tests.webapp.support.fixtures import MODULE
from webapp.courses.models import Counts

pytestmark = pytest.mark.browser

BROKEN = {
    "name": "ring.c",
    "mimeType": "text/x-c",
    "buffer": MODULE.replace(b"return 0;", b"return 0"),
}


@pytest.fixture
def student(site: Site) -> Site:
    site.school.assignment.counts = Counts.LAST
    site.school.assignment.save()
    site.log_in("student")
    return site


@pytest.mark.image
def test_a_try_is_marked_does_not_count_and_is_handed_in(
    student: Site, engine: Engine, workers: Workers
) -> None:
    workers.real()
    page = student.page
    student.open_tp1()
    student.choose(BROKEN)  # type: ignore[arg-type]
    page.get_by_role("button", name="Try it: mark without handing in").click()
    expect(page.get_by_role("heading", name="Try 1", exact=True)).to_be_visible()
    expect(page.get_by_text("You have handed in nothing so far.")).to_be_visible()
    assert student.wait_for_mark(MARKED_WITHIN) == "0/20"
    expect(student.criterion("tp1.build").locator("header .verdict")).to_contain_text("failed")
    button = page.get_by_role("button", name="Hand this one in")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Attempt 1", exact=True)).to_be_visible()
    expect(page.get_by_text("Handed in: it is attempt 1 now.")).to_be_visible()
    # Nothing is marked again: the mark is there.
    assert student.wait_for_mark() == "0/20"
    expect(page.get_by_text("The last attempt counts:")).to_contain_text("this one.")


def test_both_buttons_are_reached_with_keys_and_held_back_by_too_large_files(
    student: Site,
) -> None:
    page = student.page
    student.open_tp1()
    hand_in = page.get_by_role("button", name="Hand in and mark")
    attempt = page.get_by_role("button", name="Try it: mark without handing in")
    hand_in.focus()
    page.keyboard.press("Tab")
    expect(attempt).to_be_focused()
    student.choose({"name": "a.c", "mimeType": "text/x-c", "buffer": b"/" * 6_000_000})
    expect(hand_in).to_be_disabled()
    expect(attempt).to_be_disabled()
    student.choose(BROKEN)  # type: ignore[arg-type]
    attempt.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Try 1", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Hand this one in")).to_be_visible()
