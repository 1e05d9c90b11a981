"""The gradebook as rows of texts and numbers, for every kind of file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db.models import QuerySet
from django.utils.translation import gettext

from webapp.courses.models import Assignment, Enrolment
from webapp.gradebook.book import Book, Sums, of_users, sums_of
from webapp.gradebook.cells import Cell, cells_of
from webapp.submissions.spreadsheets import neutral

Value = str | float | int | None
Row = list[Value]

#: Students whose cells are read at a time.
CHUNK = 500


def number(value: float | None) -> float | int | None:
    """As pages show it: two decimals, none where there are none."""
    if value is None:
        return None
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def heading(book: Book) -> list[str]:
    words = ["username", "last name", "first name", "email", "group"]
    for each in book.assignments:
        tp = each.tp
        words += [tp, f"{tp} out of", f"{tp} attempts", f"{tp} days late", f"{tp} remarks"]
    return [neutral(word) for word in (*words, "sum", "average/20")]


def sheet(book: Book, rows: QuerySet[Enrolment]) -> Iterator[Row]:
    """A row for every student, in their order."""
    for enrolled, cells, sums in _read(book, rows):
        user = enrolled.user
        texts = (user.username, user.last_name, user.first_name, user.email, enrolled.group)
        row: Row = [neutral(text) for text in texts]
        for each in book.assignments:
            row += _of_cell(cells.get(each.pk))
        yield [*row, number(sums.total), number(sums.average)]


def _of_cell(cell: Cell | None) -> Row:
    if cell is None:
        return [None, None, 0, None, gettext("nothing handed in")]
    remarks = ", ".join(flag.word for flag in cell.flags)
    late = cell.late_days or None
    return [number(cell.score), number(cell.max_score), cell.attempts, late, remarks]


def moodle_heading(book: Book) -> list[str]:
    return ["Username", "Email address", *(neutral(_item(each)) for each in book.assignments)]


def moodle_sheet(book: Book, rows: QuerySet[Enrolment]) -> Iterator[Row]:
    """``-`` is Moodle's own sign for no grade (grade/import/csv/classes/load_data.php); any other
    text in a grade's place stops its whole import.
    """
    for enrolled, cells, _ in _read(book, rows):
        row: Row = [neutral(enrolled.user.username), neutral(enrolled.user.email)]
        for each in book.assignments:
            cell = cells.get(each.pk)
            score = number(cell.score) if cell else None
            row.append("-" if score is None else score)
        yield row


def _item(assignment: Assignment) -> str:
    """What the column is called, and with it a grade item that Moodle makes of it."""
    return assignment.title


def _read(
    book: Book, rows: QuerySet[Enrolment]
) -> Iterator[tuple[Enrolment, dict[int, Cell], Sums]]:
    """Chunk by chunk, so that a large class is never in memory as a whole."""
    pending = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(pending, CHUNK)):
        cells, sums = cells_of(book, of_users(chunk)), sums_of(book, chunk)
        for enrolled in chunk:
            yield enrolled, cells.get(enrolled.user_id, {}), sums.get(enrolled.user_id, Sums())
