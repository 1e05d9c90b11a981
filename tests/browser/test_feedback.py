"""What a student learns from, on submissions that were really marked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from grader.engine import Engine
from tests.browser.conftest import Workers
from tests.browser.site import MODULES, Site, known_sources
from tests.webapp.support.fixtures import add_tp

pytestmark = [pytest.mark.browser, pytest.mark.image]


@pytest.fixture
def student(site: Site, engine: Engine, workers: Workers) -> Site:
    workers.real()
    site.log_in("student")
    return site


def test_the_buffer_is_drawn_and_the_script_shows_the_same(student: Site, tmp_path: Path) -> None:
    student.hand_in(known_sources("tp1/capacity-17"))
    student.wait_for_mark()
    story = student.criterion("tp1.overwrite").locator(".check").first
    before = story.get_by_role("img", name="Before this step: 16 of 16 places in use")
    expect(before).to_be_visible()
    off = story.locator(".compared td.off")
    assert off.count() >= 2  # the byte that should be gone, in what was due and in what came
    story.get_by_text("the same as a shell script").click()
    expect(story.get_by_label("Shell script")).to_contain_text("cat /dev/asee_mod")
    with student.page.expect_download() as download:
        story.get_by_role("link", name="Download").first.click()
    script = tmp_path / "try.sh"
    download.value.save_as(script)
    subprocess.run(["sh", "-n", script], check=True)
    assert "<-- here it went wrong" in script.read_text()


def test_who_waited_when_is_drawn_and_told_in_words(student: Site) -> None:
    add_tp(student.school, "tp3")
    student.hand_in(known_sources("tp3/writers-not-woken"), "tp3")
    student.wait_for_mark()
    story = student.criterion("tp3.write-blocks").locator(".check").first
    expect(story.locator(".timeline svg")).to_be_visible()
    assert story.locator(".bar.blocked.open").count() == 1  # the writer that nobody woke
    story.get_by_text("The same in words").click()
    expect(story.locator(".facts")).to_contain_text("blocked from step")


def test_two_orders_of_locks_stand_side_by_side_at_the_students_lines(student: Site) -> None:
    add_tp(student.school, "tp3")
    student.hand_in(known_sources("tp3/two-locks-two-orders"), "tp3")
    student.wait_for_mark()
    report = student.page.locator("article.finding", has_text="circular locking").first
    expect(report.get_by_role("heading", name="Here", exact=True)).to_be_visible()
    expect(report.get_by_role("heading", name="Elsewhere")).to_be_visible()
    links = report.locator(".orders a")
    assert links.count() >= 3
    links.first.click()
    marked = student.page.locator(".line:target")
    expect(marked).to_be_in_viewport()
    expect(marked).to_contain_text("lock")


def test_an_init_that_undoes_nothing_is_advice_at_its_line(student: Site) -> None:
    student.hand_in(MODULES / "init_undoes_nothing.c")
    student.wait_for_mark()
    advice = student.page.locator("article.finding", has_text="failing init").first
    expect(advice).to_contain_text("when this fails in init")
    expect(advice).to_contain_text("No points")
    advice.get_by_role("link", name="init_undoes_nothing.c:").first.click()
    marked = student.page.locator(".line:target")
    expect(marked).to_be_in_viewport()
    expect(student.page.get_by_text("Every criterion passed.")).to_be_visible()
