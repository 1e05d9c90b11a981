"""A regrade from the first page to the student's: with a real worker, engine paced."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Workers
from tests.browser.site import Site
from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import MODULE, finish
from tests.webapp.support.paced import Desk
from webapp.submissions.models import Mark, Submission

pytestmark = pytest.mark.browser


def test_from_the_reason_to_what_the_student_reads(
    site: Site, workers: Workers, tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    desk.prepare("half-way")
    school, page = site.school, site.page
    own = school.graded("defect")
    other = school.submit(MODULE + b"//\n", school.fellow)
    finish(other, "perfect")
    # What the paced marker will say follows from the seed: all passed; the third criterion lost.
    Submission.objects.filter(pk=own.pk).update(seed=0)
    Submission.objects.filter(pk=other.pk).update(seed=0b100)
    classroom.second_version(school)

    site.log_in("instructor")
    page.goto(f"{site.url}/teach/asee/tp/tp1/regrades/")
    page.get_by_role("link", name="Mark again…").click()
    page.get_by_label("Rubric").select_option(label="version 2, not published: milder")
    page.get_by_role("button", name="See how much it is").click()
    # The browser itself asks for what is required.
    expect(page.get_by_label("Why")).to_be_focused()
    page.get_by_label("Why").fill("the check of the order was too strict")
    page.get_by_role("button", name="See how much it is").click()
    expect(page.get_by_role("heading", name="2 submissions of 2 students")).to_be_visible()
    expect(page.get_by_text("This is not the version in use.")).to_be_visible()
    page.get_by_role("button", name="Mark 2 submissions again").click()

    live = page.locator("#regrade-live")
    expect(live).to_contain_text("Waiting for a worker")
    workers.paced()
    desk.wait_for_stop()
    expect(live).to_contain_text("1 being marked")
    page.get_by_role("button", name="Pause").click()
    expect(live).to_contain_text("Paused; what was begun is finished first")
    desk.never.write_text("")
    expect(live).to_contain_text("1 of 2 done")
    expect(live).to_contain_text("1 held")
    page.get_by_role("button", name="Resume").click()
    expect(live).to_contain_text("All are marked", timeout=30_000)
    page.get_by_role("link", name=re.compile("Show . new result")).click()

    expect(page.locator(".figures")).to_contain_text("18.5")
    rows = page.locator("table.changes tbody tr")
    gains, loses = rows.filter(has_text="Student"), rows.filter(has_text="Fellow")
    expect(gains).to_contain_text("+3")
    expect(gains).to_contain_text("First in, first out")
    expect(loses).to_contain_text("−3")
    page.get_by_role("link", name="Lost points").click()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name=re.compile("^Changed")).click()
    gains.get_by_role("checkbox").check()
    page.get_by_role("button", name="Apply the ticked ones").click()
    expect(page.get_by_text("1 mark applied.")).to_be_visible()
    expect(gains).to_contain_text("applied")
    expect(loses).not_to_contain_text("applied")
    assert {mark.submission_id: mark.score for mark in Mark.objects.all()} == {
        own.pk: 20, other.pk: 20,
    }  # fmt: skip

    page.get_by_role("button", name="Log out").click()
    site.log_in("student")
    page.goto(f"{site.url}{own.get_absolute_url()}")
    assert site.wait_for_mark(10_000) == "20/20"
    told = page.get_by_role("region", name="Marked again")
    expect(told).to_contain_text("with rubric version 2: 17")
    expect(told).to_contain_text("Because: the check of the order was too strict")
    expect(told.get_by_role("listitem").first).to_contain_text("First in, first out")
