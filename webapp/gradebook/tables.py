"""The gradebook as a table: a column for every TP, each sorted by the database, missing last."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import Expression, F, QuerySet
from django.utils.translation import gettext_lazy as _

from webapp.courses.models import Assignment, Enrolment
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
from webapp.gradebook.cells import Cell, Cells, cells_of

PER_PAGE = 50


class NumberColumn(tables.Column):
    """Those without a number come last, whichever way it is sorted."""

    def __init__(self, expression: Expression, **kwargs: Any) -> None:
        super().__init__(empty_values=(), **kwargs)
        self.expression = expression

    def order(
        self, queryset: QuerySet[Enrolment], is_descending: bool
    ) -> tuple[QuerySet[Enrolment], bool]:
        direction = "desc" if is_descending else "asc"
        by = getattr(F("sorted_by"), direction)(nulls_last=True)
        return queryset.annotate(sorted_by=self.expression).order_by(by, *BY_NAME), True


class MarkColumn(NumberColumn):
    """Its cells are :class:`Cell`, or None."""

    def __init__(self, book: Book, assignment: Assignment) -> None:
        super().__init__(score_in(book, assignment), accessor="pk", verbose_name=assignment.title)
        self.assignment = assignment

    def render(self, record: Enrolment, table: BookTable) -> Cell | None:
        return table.cells.get(record.user_id, {}).get(self.assignment.pk)


class SumColumn(NumberColumn):
    def __init__(self, expression: Expression, verbose_name: str) -> None:
        super().__init__(expression, accessor="pk", verbose_name=verbose_name)

    def render(
        self, record: Enrolment, table: BookTable, bound_column: tables.columns.BoundColumn
    ) -> float | None:
        return getattr(table.sums.get(record.user_id, Sums()), bound_column.name)


class BookTable(tables.Table):
    """``cells`` and ``sums`` are there once a page was chosen."""

    student = tables.Column(
        accessor="user", verbose_name=_("Student"), order_by=BY_NAME, empty_values=()
    )
    group = tables.Column(verbose_name=_("Group"), empty_values=(), order_by=("group", *BY_NAME))

    class Meta:
        order_by_field = "sort"

    def __init__(self, book: Book, rows: QuerySet[Enrolment], sort: str) -> None:
        marks = [(f"m-{each.tp}", MarkColumn(book, each)) for each in book.assignments]
        sums = [
            ("total", SumColumn(total(book), verbose_name=_("Sum"))),
            ("average", SumColumn(average(book), verbose_name=_("Average /20"))),
        ]
        self.book = book
        self.cells: Cells = {}
        self.sums: dict[int, Sums] = {}
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
        shown = self.page.object_list.data
        self.cells = cells_of(self.book, of_users(shown))
        self.sums = sums_of(self.book, shown)

    @property
    def pages(self) -> list[int | str]:
        """Page numbers to link to, with gaps."""
        assert isinstance(self.paginator, Paginator)
        return list(self.paginator.get_elided_page_range(self.page.number, on_each_side=2))
