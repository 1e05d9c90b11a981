"""Every kind of page: nothing grave for axe, no wider than a phone, usable with keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.site import MODULES, Site
from tests.webapp.support.everything import Everything, Place, make_everything

pytestmark = pytest.mark.browser

WIDE, NARROW, PHONE = 1200, 400, 360
#: Of axe's impacts, those that keep somebody from using a page.
GRAVE = {"serious", "critical"}
#: All rules; of what they find, no more than what is wrong.
EVERYTHING = {"resultTypes": ["violations"]}
#: What dark colours can change.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
#: Parts of a page that axe looks at only when they are unfolded.
UNFOLD = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


@dataclass(frozen=True)
class Walk:
    """Opens every page as the one whose it is; of those of that name only, if there is one."""

    url: str
    everything: Everything
    pages: dict[str, Page]
    only: str = ""

    def __iter__(self) -> Iterator[tuple[Place, Page]]:
        for place in self.everything.places():
            if self.only and place.name != self.only:
                continue
            page = self.pages[place.who]
            page.set_viewport_size({"width": WIDE, "height": 900})
            page.emulate_media(color_scheme="light")
            answer = page.goto(self.url + place.address)
            assert answer is not None
            assert answer.status == place.status, place
            page.evaluate(UNFOLD)
            yield place, page


@pytest.fixture
def everything(site: Site) -> Everything:
    return make_everything(site.school)


@pytest.fixture
def walk(chromium: Browser, everything: Everything, site: Site) -> Iterator[Walk]:
    pages = {}
    for who in ("", "student", "instructor"):
        context = chromium.new_context(locale="en-GB", reduced_motion="reduce")
        if who:
            client = Client()
            client.force_login(getattr(everything.school, who))
            key = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.url}]
            )
        pages[who] = context.new_page()
    yield Walk(site.url, everything, pages)
    for page in pages.values():
        page.context.close()


def told(violation: dict[str, Any]) -> str:
    """The rule, and where it was broken for the first times."""
    nodes = [f"{node['html'][:160]} {node['failureSummary']}" for node in violation["nodes"][:3]]
    return f"[{violation['impact']}] {violation['id']}: " + " | ".join(nodes)


def grave_violations(walk: Walk, planted: str = "") -> list[str]:
    """What axe finds on the walk. ``planted``: a script that spoils each page first."""
    axe, grave = Axe(), []
    for place, page in walk:
        if planted:
            page.evaluate(planted)
        for width in (WIDE, NARROW):
            for scheme, options in (("light", EVERYTHING), ("dark", COLOURS)):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                found = axe.run(page, options=options).response["violations"]
                grave += [
                    f"{place.who}, {place.name}, {width} px, {scheme}: {told(each)}"
                    for each in found
                    if each["impact"] in GRAVE
                ]
    return grave


def test_axe_finds_nothing_grave_on_any_page(walk: Walk) -> None:
    grave = grave_violations(walk)
    assert not grave, "\n".join(grave)


#: Into the content, as text that is hard to see in either scheme of colours.
FAINT = """() => {
  const faint = document.createElement('p');
  faint.textContent = 'You can hardly read this.';
  faint.style.color = '#777';
  faint.style.backgroundColor = '#888';
  document.querySelector('main').append(faint);
}"""
NO_ALT = """() => {
  const picture = document.createElement('img');
  picture.src = '/static/ringmark.svg';
  document.querySelector('main').append(picture);
}"""
NO_LABEL = "() => document.querySelector('main').append(document.createElement('textarea'))"


@pytest.mark.parametrize(
    ("planted", "rule", "times"),
    [(NO_ALT, "image-alt", 2), (FAINT, "color-contrast", 4), (NO_LABEL, "label", 2)],
)
def test_the_walk_reports_what_is_planted(walk: Walk, planted: str, rule: str, times: int) -> None:
    """At each width; colours in each scheme as well. Without it the same page has nothing."""
    page = replace(walk, only="attempts")
    of_both = [who for who in ("student", "instructor") for _ in range(times)]
    found = grave_violations(page, planted)
    assert [each.partition(",")[0] for each in found if f" {rule}: " in each] == of_both
    assert len(found) == len(of_both)
    assert grave_violations(page) == []


def test_no_page_scrolls_sideways_on_a_phone(walk: Walk) -> None:
    wide = []
    for place, page in walk:
        page.set_viewport_size({"width": PHONE, "height": 740})
        width = page.evaluate("document.scrollingElement.scrollWidth")
        if width > PHONE:
            wide.append(f"{place.who}, {place.name}: {width} px")
    assert not wide, "\n".join(wide)


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def tab_to(page: Page, wanted: Locator, most: int = 60) -> None:
    """Press Tab until it has the focus. Every stop on the way is seen and shows that it is one."""
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = focused(page)
        assert stop.evaluate(
            "each => each.matches(':focus-visible') && each.getClientRects().length > 0"
        )
        assert stop.evaluate(RINGED), stop.evaluate("each => each.outerHTML.slice(0, 200)")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"not reached with {most} presses of Tab: {wanted}")


#: Is there an outline around what has the focus (a file field's is around the place to drop)?
RINGED = """each => {
  const seen = one => one && getComputedStyle(one).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(one).outlineWidth) >= 1;
  return seen(each) || seen(each.closest('.drop'));
}"""


def test_handing_in_and_reading_the_result_with_keys_alone(site: Site) -> None:
    everything, page = make_everything(site.school), site.page
    # The browser hands file choosers to us from the first listener on, and is told so in the
    # background: a listener that comes with the press of the key may come too late, and the
    # browser opens a dialogue of its own.
    page.on("filechooser", lambda chooser: None)
    site.log_in("student")
    page.goto(site.url + everything.school.assignment.get_absolute_url())
    page.keyboard.press("Tab")
    expect(focused(page)).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    # From the content on: nothing of the header comes again before it.
    tab_to(page, page.get_by_label("Choose your files"), most=6)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(MODULES / "correct.c")
    tab_to(page, page.get_by_role("button", name="Hand in and mark"), most=3)
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("In the queue")

    page.goto(site.url + everything.attempts["rich"].get_absolute_url())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    passed = page.locator("article.criterion.pass summary").first
    tab_to(page, passed)
    details = page.locator("article.criterion.pass details").first
    page.keyboard.press("Enter")
    expect(details).to_have_attribute("open", "")
    page.keyboard.press("Enter")
    expect(details).not_to_have_attribute("open", "")
    tab_to(page, page.get_by_role("link", name="The whole report (JSON)"), most=200)
