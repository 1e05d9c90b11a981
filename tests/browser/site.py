"""What a person does on the site, by what a person sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.webapp.support.fixtures import PASSWORD, School

MODULES = Path(__file__).with_name("modules")
KNOWN = Path(__file__).parents[1] / "submissions"
#: A deadline, in milliseconds: many times what a marking takes on an idle machine, because a
#: machine that runs other tests as well may be ten times slower.
MARKED_WITHIN = 600_000

Files = str | Path | list[str | Path] | FilePayload | list[FilePayload]


def known_sources(name: str) -> list[str | Path]:
    """What a student would hand in of a module of the corpus: ``tp1/kfifo``."""
    return [path for path in sorted((KNOWN / name).iterdir()) if path.suffix in {".c", ".h"}]


@dataclass(frozen=True)
class Site:
    url: str
    page: Page
    school: School

    def log_in(self, name: str) -> None:
        self.page.goto(f"{self.url}/accounts/login/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.get_by_role("heading", name="Your courses")).to_be_visible()

    def open_tp1(self) -> None:
        self.page.goto(f"{self.url}/courses/asee/tp1/")

    def hand_in(self, files: Files, tp: str = "tp1") -> None:
        """Choose files with the picker and send them."""
        self.page.goto(f"{self.url}/courses/asee/{tp}/")
        self.choose(files)
        self.send()

    def choose(self, files: Files) -> None:
        self.page.get_by_label("Choose your files").set_input_files(files)

    def send(self) -> None:
        self.page.get_by_role("button", name="Hand in and mark").click()

    def wait_for_mark(self, timeout: float = MARKED_WITHIN) -> str:
        """The mark as it is shown, once it is: ``17/20``."""
        mark = self.page.locator("#mark")
        expect(mark).to_be_visible(timeout=timeout)
        return re.sub(r"\s", "", mark.inner_text())

    def criterion(self, identifier: str) -> Locator:
        return self.page.locator(f"#{identifier.replace('.', '-')}")

    def verdicts(self) -> dict[str, str]:
        """Criterion id -> the word shown."""
        found = {}
        for article in self.page.locator("article.criterion").all():
            word = article.locator("header .verdict").inner_text()
            found[article.locator("code.id").inner_text()] = word.strip()
        return found
