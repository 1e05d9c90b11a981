"""An instructor corrects by hand, and the student reads it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.site import Site

pytestmark = pytest.mark.browser


def test_points_and_a_comment_by_hand_reach_the_student(site: Site) -> None:
    submission = site.school.graded("defect")
    url = f"{site.url}{submission.get_absolute_url()}"
    page = site.page

    site.log_in("instructor")
    page.goto(url)
    assert site.wait_for_mark(15_000) == "17/20"
    order = site.criterion("tp1.order")
    order.get_by_text("Correct by hand").click()
    order.get_by_label("Points, 0 to 3").fill("5")
    order.get_by_label("Reason, for the student to read").fill(
        "The order is right, the end is not."
    )
    order.get_by_role("button", name="Set the points").click()
    expect(order).to_contain_text("A number from 0 to 3, please.")
    expect(order.get_by_label("Reason")).to_have_value("The order is right, the end is not.")
    order.get_by_label("Points, 0 to 3").fill("2")
    order.get_by_role("button", name="Set the points").click()
    expect(page.get_by_role("status").filter(has_text="The points are set.")).to_be_visible()
    assert site.wait_for_mark(15_000) == "19/20"

    page.locator("#file-0-3").click()
    expect(page.get_by_label("Line", exact=True)).to_have_value("3")
    expect(page.get_by_label("Comment, for the student to read")).to_be_focused()
    page.keyboard.type("Free the buffer here.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#file-0-3 + .note.comment")).to_contain_text("Free the buffer here.")

    page.get_by_role("button", name="Log out").click()
    site.log_in("student")
    page.goto(url)
    assert site.wait_for_mark(15_000) == "19/20"
    expect(order).to_contain_text("2 of 3 (the checks gave 0).")
    expect(order).to_contain_text("Reason: The order is right, the end is not.")
    page.get_by_role("link", name="ring.c:3").click()
    expect(page.locator("#file-0-3 + .note.comment")).to_be_in_viewport()
    expect(page.get_by_text("Correct by hand")).to_have_count(0)
