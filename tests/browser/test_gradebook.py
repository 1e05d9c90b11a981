"""An instructor sorts and filters the gradebook and downloads what is shown."""

from __future__ import annotations

import csv
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.site import Site
from tests.webapp.gradebook.classroom import Classroom
from webapp.submissions.models import State


def shown(site: Site) -> list[tuple[str, str, str]]:
    """User name, mark in TP1 and sum of every row."""
    found = []
    for row in site.page.locator("table.book tbody tr").all():
        name = row.locator("th .muted").inner_text()
        mark = row.locator("td").nth(1).locator("strong").all_inner_texts()
        found.append((name, mark[0] if mark else "", row.locator("td").nth(3).inner_text()))
    return found


def test_sorted_filtered_downloaded(site: Site, tmp_path: Path) -> None:
    room = Classroom(site.school, timezone.now())
    for number, points in enumerate([(2, 8, 0), (2, 0, 0), (2, 8, 10), (0, 8, 7.25)]):
        student = room.enrol(f"u{number}", f"Name{number}", group=f"G{number % 2}")
        room.attempt(student, room.tp1, points)
    room.attempt(site.school.fellow, room.tp1, state=State.ERROR)
    site.log_in("instructor")
    site.page.goto(f"{site.url}/teach/asee/gradebook/")
    expect(site.page.locator("#found")).to_contain_text("6 students")

    heading = site.page.get_by_role("columnheader", name="TP1")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    marks = [mark for _, mark, _ in shown(site)]
    assert marks == ["20", "15.25", "10", "2", "", ""]
    expect(site.page.locator(".flag.withheld")).to_have_text("withheld")

    site.page.get_by_label("Name").fill("name")
    site.page.get_by_label("Group", exact=True).select_option("G1")
    site.page.get_by_role("button", name="Show").click()
    expect(site.page.locator("#found")).to_contain_text("2 students found")
    on_page = shown(site)
    assert on_page == [("u3", "15.25", "15.25"), ("u1", "2", "2")]

    with site.page.expect_download() as waiting:
        site.page.get_by_role("button", name="Download").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        downloaded = [(r["username"], r["tp1"], r["sum"]) for r in csv.DictReader(lines)]
    assert downloaded == on_page
