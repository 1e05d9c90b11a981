"""The list in which single submissions are ticked: searched, page by page, nothing ticked lost."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from webapp.courses.models import Assignment
from webapp.regrading import choosing
from webapp.regrading.forms import ids
from webapp.submissions.models import Submission

PER_PAGE = 50


@dataclass(frozen=True)
class Picker:
    """``chosen``: everything ticked so far, on this page or another."""

    words: str
    page: Page[Submission]
    chosen: frozenset[int]

    @property
    def chosen_text(self) -> str:
        return ",".join(str(each) for each in sorted(self.chosen))

    @property
    def listed_text(self) -> str:
        return ",".join(str(each.pk) for each in self.page)

    @property
    def elsewhere(self) -> int:
        """How many ticked ones are on other pages."""
        return len(self.chosen - {each.pk for each in self.page})


def picked(data: QueryDict) -> frozenset[int]:
    """What is ticked on the page that was sent, and what was ticked on others."""
    before = set(ids(data.get("chosen", ""))) - set(ids(data.get("listed", "")))
    return frozenset(before | set(ids(",".join(data.getlist("submission")))))


def picker(assignment: Assignment, data: QueryDict, chosen: frozenset[int]) -> Picker:
    words = data.get("words", "")[:100]
    pages = Paginator(choosing.searched(assignment, words), PER_PAGE)
    number = data.get("page", "1") if "search" not in data else "1"
    return Picker(words, pages.get_page(number), chosen)
