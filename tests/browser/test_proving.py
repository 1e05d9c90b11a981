"""A rubric whose criterion cannot fail: refused by name, published only with a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Workers
from tests.browser.site import Site
from tests.webapp.support.paced import Desk
from tests.webapp.support.proving import EXTRA, known, new_version, version_1
from webapp.audit.models import Action, AuditEntry
from webapp.rubrics.versions import current_version

pytestmark = pytest.mark.browser


def test_a_criterion_that_cannot_fail_is_found_and_overruled_with_a_reason(
    site: Site, workers: Workers, tmp_path: Path
) -> None:
    school, page = site.school, site.page
    # The paced marker takes what a module loses from the bits of its seed, in the rubric's order;
    # the new criterion is the last but one, and no module loses it.
    ids = [each.id for each in version_1(school).parsed.criteria]
    bits = [*range(len(ids) - 1), len(ids)]
    known(school, "reference", reference=True)
    for name, some in (("first-half", slice(0, 6)), ("second-half", slice(6, None))):
        known(school, name, *ids[some], seed=sum(1 << bit for bit in bits[some]))
    new_version(school, EXTRA)
    desk = Desk(tmp_path)
    desk.prepare("half-way")
    site.log_in("instructor")
    page.goto(f"{site.url}/teach/asee/tp/tp1/rubric/2/proof/")
    expect(
        page.get_by_text("This version has not been tried on the known modules.")
    ).to_be_visible()

    page.get_by_role("button", name="Try it on the known modules").click()
    row = page.get_by_role("row").filter(has_text="tp1.build")
    expect(row.get_by_role("cell")).to_have_text(["none yet", "waiting", "waiting", "waiting"])
    page.get_by_label("Why it is published against").fill("Typed while it is tried.")
    worker = workers.paced()
    desk.wait_for_stop()
    expect(row.get_by_role("cell").nth(1)).to_have_text("passed")
    expect(
        page.get_by_role("row").filter(has_text="tp1.clean").get_by_role("cell").nth(1)
    ).to_have_text("waiting")

    # What somebody scrolled to and where the keyboard is stay as they are while the matrix changes.
    page.set_viewport_size({"width": 400, "height": 900})
    page.locator("#matrix").evaluate("each => { each.scrollLeft = 40; }")
    page.locator("#matrix thead").get_by_role("link", name="first-half").focus()
    place = page.locator("#matrix").evaluate("each => each.scrollLeft")
    worker.kill()
    expect(page.get_by_text("interrupted, is tried again").first).to_be_visible()
    assert page.locator("#matrix").evaluate("each => each.scrollLeft") == place > 0
    expect(page.locator("#matrix thead").get_by_role("link", name="first-half")).to_be_focused()
    page.set_viewport_size({"width": 1200, "height": 900})
    workers.paced()
    expect(page.locator("#live")).to_contain_text(
        "3 of 3 modules marked. 1 objection.", timeout=60_000
    )
    expect(row.get_by_role("cell").nth(2)).to_have_text(re.compile(r"failed\s*as due"))
    extra = page.get_by_role("row").filter(has_text="tp1.extra")
    expect(extra.get_by_role("cell")).to_have_text(["none", "passed", "passed", "passed"])
    sentence = "No defective module loses “It reads twice” (tp1.extra)"
    expect(page.locator("#objections li")).to_have_text(re.compile(re.escape(sentence)))
    expect(page.locator("#announcer")).to_contain_text("1 objection.")

    reason = page.get_by_label("Why it is published against")
    expect(reason).to_have_value("Typed while it is tried.")
    reason.fill("")
    publish = page.get_by_role("button", name="Publish against the objections")
    publish.click()
    expect(page.get_by_role("alert").filter(has_text="say why")).to_be_visible()
    expect(page.locator("#objections")).to_contain_text(sentence)
    assert current_version(school.assignment).number == 1

    reason.fill("It is for show this year.")
    publish.click()
    expect(page.get_by_role("status").filter(has_text="Version 2 is in use")).to_be_visible()
    expect(page.get_by_text("Published against its proof, because:")).to_be_visible()
    expect(page.locator("blockquote")).to_have_text("It is for show this year.")
    version = current_version(school.assignment)
    assert (version.number, version.forced_because) == (2, "It is for show this year.")
    entry = AuditEntry.objects.get(action=Action.RUBRIC_FORCED)
    assert (entry.actor, entry.reason) == (school.instructor, "It is for show this year.")
    assert "tp1.extra" in entry.detail["objections"][0]

    page.goto(f"{site.url}/teach/asee/tp/tp1/rubric/2/proof/")
    row.get_by_role("link", name="failed").first.click()
    expect(page.locator("#tp1-build")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("first-half")
