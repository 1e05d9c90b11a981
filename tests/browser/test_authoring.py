"""A rubric written in the browser: broken and mended YAML, the form, the preview, a new version."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Site
from webapp.rubrics.models import RubricDraft, RubricVersion

pytestmark = pytest.mark.browser

#: Milliseconds for an answer on a machine that is busy with other things.
ANSWERED_WITHIN = 60_000


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.split("\n"), 1) if words in line)


def put_cursor(page: Page, line: int) -> None:
    """At the end of a line of the editor, as a click there does."""
    page.evaluate(
        """line => {
            const editor = ace.edit("ace");
            editor.gotoLine(line, editor.session.getLine(line - 1).length);
            editor.focus();
        }""",
        line,
    )


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    expect.set_options(timeout=ANSWERED_WITHIN)
    yield
    expect.set_options(timeout=None)


def test_an_instructor_writes_version_2(site: Site) -> None:
    page = site.page
    text = RubricVersion.objects.get(assignment=site.school.assignment).text
    line = line_of(text, "    points: 3")
    site.log_in("instructor")
    page.goto(f"{site.url}/teach/asee/tp/tp1/rubric/")
    page.get_by_role("link", name="Write a new version").click()
    expect(page.locator("#problems")).to_contain_text("No problems: 11 criteria, 20 points")
    expect(page.locator("#ace .ace_content")).to_be_visible()
    expect(page.locator("#state")).to_have_text("Everything is saved.")

    # Broken as it is typed: named in the list and marked at its line.
    put_cursor(page, line)
    page.keyboard.type("x")
    expect(page.locator("#problems")).to_contain_text("1 problem")
    expect(page.locator("#problems a")).to_have_text(f"Line {line}")
    expect(page.locator("#problems")).to_contain_text("valid number")
    expect(page.locator("#ace .ace_gutter-cell.ace_error")).to_contain_text(str(line))
    expect(page.locator("#state")).to_have_text("Not saved yet.")
    expect(page.locator("#f-criteria-2-points-error")).to_contain_text("valid number")
    put_cursor(page, 1)
    page.locator("#problems a").click()
    assert page.evaluate("ace.edit('ace').getCursorPosition().row") == line - 1

    # Mended.
    put_cursor(page, line)
    page.keyboard.press("Backspace")
    expect(page.locator("#problems")).to_contain_text("No problems: 11 criteria, 20 points")
    expect(page.locator("#ace .ace_gutter-cell.ace_error")).to_have_count(0)

    # The form changes the text, the text changes the form.
    page.locator("#of-criterion-2 > summary").click()
    page.locator("#f-criteria-2-points").fill("4.5")
    expect(page.locator("#problems")).to_contain_text("21.5 points in all")
    mine = text.replace("    points: 3", "    points: 4.5", 1)
    assert page.evaluate("ace.edit('ace').getValue()") == mine
    put_cursor(page, line_of(text, "  capacity: 16"))
    page.keyboard.press("Backspace")
    page.keyboard.type("8")
    expect(page.locator("#f-settings-capacity")).to_have_value("18")
    mine = mine.replace("  capacity: 16", "  capacity: 18")

    # Leaving is asked about first.
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Versions").click(no_wait_after=True)
    expect(page.get_by_role("heading", name="Edit the rubric")).to_be_visible()
    assert asked == ["beforeunload"]

    # As students see it, in French.
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_role("link", name="Français").click()
    kept = page.locator("dl.rubric > div").filter(has_text="Il garde ce qu'on écrit").first
    expect(kept).to_contain_text("4.5")
    assert RubricDraft.objects.get().text == mine

    # Stored, with a note.
    page.get_by_role("link", name="Back to the editor").click()
    page.get_by_label("What changed in version 2?").fill("store counts more, 18 bytes")
    page.get_by_role("button", name="Store as version 2").click()
    expect(page.get_by_role("heading", name="Rubric version 2")).to_be_visible()
    expect(page.get_by_text("store counts more, 18 bytes")).to_be_visible()
    page.get_by_role("link", name="Compare 1 and 2 line by line").click()
    expect(page.locator(".changes")).to_contain_text("tp1.store: 3 points became 4.5.")
    expect(page.locator(".changes")).to_contain_text("capacity changed from 16 to 18")
    expect(page.locator(".diff del").filter(has_text="points: 3")).to_have_count(1)
    expect(page.locator(".diff ins").filter(has_text="points: 4.5")).to_have_count(1)
    assert not RubricDraft.objects.exists()
    assert not RubricVersion.objects.get(number=2).is_current
