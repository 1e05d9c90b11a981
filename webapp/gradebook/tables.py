"""The gradebook as a table: a column for every TP, each sorted by the database, missing last."""

from __future__ import annotations

from dataclasses import dataclass

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import Expression, F, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from webapp.courses.models import Enrolment
from webapp.gradebook.book import (
    BY_NAME,
    Book,
    Sums,
    average,
    of_users,
    score_in,
    sums_of,
    total,
)
from webapp.gradebook.cells import cells_of
from webapp.gradebook.markup import cell_html
from webapp.submissions.templatetags.text import visible_text

PER_PAGE = 50


class NumberColumn(tables.Column):
    """Those without a number come last, whichever way it is sorted."""

    def __init__(self, expression: Expression, heading: str) -> None:
        super().__init__(accessor="pk", verbose_name=heading)
        self.expression = expression

    def order(
        self, queryset: QuerySet[Enrolment], is_descending: bool
    ) -> tuple[QuerySet[Enrolment], bool]:
        direction = "desc" if is_descending else "asc"
        by = getattr(F("sorted_by"), direction)(nulls_last=True)
        return queryset.annotate(sorted_by=self.expression).order_by(by, *BY_NAME), True


@dataclass(frozen=True)
class Line:
    """A student of the page; ``marks``: a cell for every TP, None where nothing was handed in."""

    enrolled: Enrolment
    marks: list[SafeString | None]
    sums: Sums


class BookTable(tables.Table):
    """``lines`` are there once a page was chosen. They are not django-tables2's rows, which ask
    every column for every cell: that took longer than everything else together.
    """

    student = tables.Column(accessor="user", verbose_name=_("Student"), order_by=BY_NAME)
    group = tables.Column(verbose_name=_("Group"), order_by=("group", *BY_NAME))

    class Meta:
        order_by_field = "sort"

    def __init__(self, book: Book, rows: QuerySet[Enrolment], sort: str) -> None:
        marks = [
            (f"m-{each.tp}", NumberColumn(score_in(book, each), visible_text(each.title)))
            for each in book.assignments
        ]
        sums = [
            ("total", NumberColumn(total(book), _("Sum"))),
            ("average", NumberColumn(average(book), _("Average /20"))),
        ]
        self.book = book
        self.lines: list[Line] = []
        super().__init__(rows, extra_columns=[*marks, *sums], order_by=[sort] if sort else None)

    @property
    def sorted_rows(self) -> QuerySet[Enrolment]:
        """All of them, in the table's order."""
        return self.data.data

    def turn_to(self, page: str) -> None:
        """Choose a page by what the address says, or the nearest, and read what stands in it."""
        self.paginate(per_page=PER_PAGE)
        number = self.paginator.get_page(page).number
        self.page = self.paginator.page(number)
        self.lines = self._lines(list(self.page.object_list.data))

    def _lines(self, shown: list[Enrolment]) -> list[Line]:
        cells, sums = cells_of(self.book, of_users(shown)), sums_of(self.book, shown)
        lines = []
        for enrolled in shown:
            own = cells.get(enrolled.user_id, {})
            marks = [own.get(each.pk) for each in self.book.assignments]
            lines.append(
                Line(
                    enrolled,
                    [None if each is None else cell_html(each) for each in marks],
                    sums.get(enrolled.user_id, Sums()),
                )
            )
        return lines

    @property
    def pages(self) -> list[int | str]:
        """Page numbers to link to, with gaps."""
        assert isinstance(self.paginator, Paginator)
        return list(self.paginator.get_elided_page_range(self.page.number, on_each_side=2))
