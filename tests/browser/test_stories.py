"""The three stories, with nothing replaced: browser, queue, worker, compiler, kernel."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from grader.engine import Engine
from tests.browser.conftest import Workers
from tests.browser.site import MODULES, Site
from webapp.submissions.models import Marking, State, Submission

pytestmark = [pytest.mark.browser, pytest.mark.image]


@pytest.fixture
def student(site: Site, engine: Engine, workers: Workers) -> Site:
    """A logged-in student and a worker with the real engine, whose template is saved already."""
    workers.real()
    site.log_in("student")
    return site


def test_a_correct_tp1_gets_twenty_out_of_twenty(student: Site) -> None:
    student.hand_in(MODULES / "correct.c")
    assert student.wait_for_mark() == "20/20"
    expect(student.page.get_by_text("Every criterion passed.")).to_be_visible()
    assert set(student.verdicts().values()) == {"passed"}
    marking = Marking.objects.get()
    assert (marking.state, marking.score) == (State.GRADED, 20)
    student.page.reload()
    assert student.wait_for_mark() == "20/20"
    student.open_tp1()
    expect(student.page.get_by_role("row", name="Attempt 1")).to_contain_text("20/20")


def test_a_planted_defect_fails_its_criterion_alone_and_is_explained(student: Site) -> None:
    student.hand_in(MODULES / "keeps_the_oldest.c")
    assert student.wait_for_mark() == "17/20"
    verdicts = student.verdicts()
    assert [each for each, word in verdicts.items() if word != "passed"] == ["tp1.overwrite"]
    lost = student.criterion("tp1.overwrite")
    feedback = lost.locator(".feedback").inner_text()
    assert len(feedback) > 40
    # Something to act on: a step that differs, with what was expected and what was seen.
    differing = lost.locator("tr.bad").first
    expect(differing).to_be_visible()
    expected = differing.locator('[data-label="Expected"]').inner_text()
    seen = differing.locator('[data-label="Seen"]').inner_text()
    assert expected
    assert seen
    assert expected != seen


def test_a_kernel_panic_in_one_check_leaves_the_others_marked(student: Site) -> None:
    student.hand_in(MODULES / "panics_on_nothing.c")
    assert student.wait_for_mark() == "17/20"
    verdicts = student.verdicts()
    lost = [each for each, word in verdicts.items() if word != "passed"]
    assert lost == ["tp1.returns", "tp1.clean"]
    finding = student.page.locator("article.finding", has_text="panic").first
    expect(finding).to_be_visible()
    assert Submission.objects.count() == 1
