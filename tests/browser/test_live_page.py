"""The page while a submission is marked: it follows, survives a reload, and never lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from grader.rubric import load_rubric
from tests.browser.conftest import Workers
from tests.browser.site import MODULES, Site
from tests.webapp.support.paced import Desk, expected
from webapp.submissions.models import Submission

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_from_the_queue_to_the_mark_without_a_reload(
    site: Site, workers: Workers, desk: Desk
) -> None:
    desk.prepare()
    site.school.submit(student=site.school.fellow)  # somebody was first
    site.log_in("student")
    site.hand_in(MODULES / "correct.c")
    live = site.page.locator("#live")
    expect(live).to_contain_text("In the queue, 1 before yours")
    site.page.reload()
    expect(live).to_contain_text("In the queue, 1 before yours")

    workers.paced()
    score = expected(Submission.objects.get(student=site.school.student).seed).score
    assert site.wait_for_mark(30_000) == f"{score:g}/20"
    expect(site.page.locator("#announcer")).to_contain_text(f"Marked: {score:g} out of 20")
    expect(site.page).to_have_title(f"{score:g}/20 · TP1: a circular buffer, attempt 1 · Ringmark")


def test_a_worker_that_dies_half_way_is_told_and_the_mark_still_comes(
    site: Site, workers: Workers, desk: Desk
) -> None:
    desk.prepare("half-way")
    site.log_in("student")
    site.hand_in(MODULES / "correct.c")
    live = site.page.locator("#live")
    worker = workers.paced()
    desk.wait_for_stop()
    due = expected(Submission.objects.get().seed)
    decided = len(load_rubric("tp1").criteria) // 2 + 1
    words = live.locator("li .verdict")
    for number in range(decided):
        word = "passed" if due.criteria[number].verdict == "pass" else "failed"
        expect(words.nth(number)).to_have_text(word)
    expect(words.nth(decided)).to_have_text("waiting")
    site.page.reload()
    expect(live).to_contain_text("Being marked")
    expect(live).to_contain_text(f"{decided} of {len(due.criteria)} checks done")

    worker.kill()
    expect(live).to_contain_text("Interrupted, will be tried again")
    workers.paced()
    assert site.wait_for_mark(30_000) == f"{due.score:g}/20"


def test_without_javascript_the_page_still_follows(
    site: Site, workers: Workers, desk: Desk
) -> None:
    desk.prepare()
    site.log_in("student")
    site.hand_in(MODULES / "correct.c")
    submission = Submission.objects.get()
    state = site.page.context.storage_state()
    browser = site.page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=state)
    try:
        page = plain.new_page()
        page.goto(f"{site.url}{submission.get_absolute_url()}")
        expect(page.locator("#live")).to_contain_text("In the queue")
        workers.paced()
        expect(page.locator("#mark")).to_be_visible(timeout=30_000)
    finally:
        plain.close()
