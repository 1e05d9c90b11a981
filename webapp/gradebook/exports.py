"""Files of the gradebook: CSV, XLSX, and the CSV that Moodle imports grades from."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.db.models import QuerySet, TextChoices
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from webapp.courses.models import Enrolment
from webapp.gradebook.book import Book
from webapp.gradebook.sheets import (
    Row,
    Value,
    heading,
    moodle_heading,
    moodle_sheet,
    sheet,
)

#: Makes Excel read the file as UTF-8.
BOM = "\ufeff"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Kind(TextChoices):
    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("XLSX, for spreadsheets")
    MOODLE = "moodle", _("CSV for Moodle's grade import")


def response(kind: Kind, book: Book, rows: QuerySet[Enrolment]) -> HttpResponseBase:
    """The download; rows are read while it is sent."""
    name = f"{book.course.slug}-{book.now:%Y-%m-%d}"
    if kind == Kind.XLSX:
        file = _workbook(book, rows)
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    if kind == Kind.MOODLE:
        # No mark in front: nothing but Moodle reads it, which takes UTF-8 unless told otherwise.
        lines = _lines([moodle_heading(book)], moodle_sheet(book, rows))
        return _streamed(lines, f"{name}-moodle.csv")
    return _streamed(_lines([heading(book)], sheet(book, rows), start=BOM), f"{name}.csv")


class _Line:
    """A file whose write gives the text back (docs.djangoproject.com, "Streaming large CSV")."""

    def write(self, text: str) -> str:
        return text


def _lines(head: Iterable[Row], rows: Iterable[Row], start: str = "") -> Iterator[str]:
    """Comma and decimal point, whatever the language of the site: programs read it."""
    writer = csv.writer(_Line())
    yield start
    for part in (head, rows):
        for row in part:
            yield writer.writerow(row)


def _streamed(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    made = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    made["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return made


def _workbook(book: Book, rows: QuerySet[Enrolment]) -> IO[bytes]:
    """Write-only: openpyxl keeps one row in memory, the file is on disk until it is sent."""
    workbook = Workbook(write_only=True)
    page = workbook.create_sheet("Marks")
    page.freeze_panes = "B2"
    page.column_dimensions["A"].width = 18
    for letter in "BCD":
        page.column_dimensions[letter].width = 22

    def cell(value: Value, font: Font | None = None) -> WriteOnlyCell:
        made = WriteOnlyCell(page, value=value)
        if isinstance(value, str):
            made.data_type = "s"  # a text, never a formula
        if font:
            made.font = font
        return made

    bold = Font(bold=True)
    page.append([cell(word, bold) for word in heading(book)])
    for row in sheet(book, rows):
        page.append([cell(value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the response that sends it)
    workbook.save(file)
    file.seek(0)
    return file
