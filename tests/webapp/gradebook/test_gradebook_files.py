"""What is downloaded is what the page shows."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.webapp.gradebook.classroom import Classroom
from tests.webapp.gradebook.page import rows
from tests.webapp.support.fixtures import storable
from webapp.audit.models import Action, AuditEntry
from webapp.gradebook.sheets import neutral
from webapp.submissions.models import State

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1"]


def download(client: Client, kind: str, query: str = "", among: str = "found") -> bytes:
    address = reverse("gradebook-export", args=["asee"])
    response = client.post(f"{address}?{query}", {"kind": kind, "rows": among})
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return response.getvalue()


def records(
    client: Client, kind: str = "csv", query: str = "", among: str = "found"
) -> list[dict[str, str]]:
    text = download(client, kind, query, among).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def worksheet(client: Client, query: str = "") -> Worksheet:
    return load_workbook(io.BytesIO(download(client, "xlsx", query))).worksheets[0]


@pytest.fixture
def three(room: Classroom, teacher: Client) -> Classroom:
    school = room.school
    room.correct(room.attempt(school.student, room.tp1, (2, 8, 0)), 2, 10 / 3)
    room.attempt(school.student, room.tp2, late=dt.timedelta(hours=30))
    room.attempt(school.fellow, room.tp1, state=State.ERROR)
    room.enrol("u1", "Étienne", "Zoé", "G1")
    return room


def shown(cell: str) -> str:
    """The mark alone: ``13.33/20 attempt 1 of 1`` is 13.33."""
    first = cell.split("/", maxsplit=1)[0].split(" ", maxsplit=1)[0]
    return "" if first in {"nothing", "–"} else first


@pytest.mark.parametrize("query", ["", "sort=-total", "look=best&q=u", "state=none"])
def test_the_csv_has_the_page_to_the_last_digit(
    three: Classroom, teacher: Client, query: str
) -> None:
    page = rows(teacher, query)
    file = records(teacher, query=query)
    assert [row["username"] for row in file] == list(page)
    for row in file:
        group, tp1, tp2, total, average = page[row["username"]]
        assert row["group"] == group
        assert (row["tp1"], row["tp2"]) == (shown(tp1), shown(tp2))
        assert (row["sum"], row["average/20"]) == (shown(total), shown(average))


def test_the_csv_says_what_the_icons_say(three: Classroom, teacher: Client) -> None:
    file = {row["username"]: row for row in records(teacher)}
    student = file["student"]
    assert (student["tp1"], student["tp1 out of"], student["tp1 remarks"]) == (
        "13.33",
        "20",
        "by hand",
    )
    assert (student["tp2"], student["tp2 days late"]) == ("17", "2")
    assert file["fellow"]["tp1 remarks"] == "withheld"
    assert file["fellow"]["tp1"] == ""
    assert (file["u1"]["last name"], file["u1"]["tp1 attempts"]) == ("Étienne", "0")


def test_the_csv_is_the_same_in_french(three: Classroom, teacher: Client) -> None:
    english = [(row["tp1"], row["sum"]) for row in records(teacher)]
    teacher.cookies["django_language"] = "fr"
    assert [(row["tp1"], row["sum"]) for row in records(teacher)] == english


def test_all_students_whatever_is_filtered(three: Classroom, teacher: Client) -> None:
    assert len(records(teacher, query="q=u1")) == 1
    assert len(records(teacher, query="q=u1", among="all")) == 3


def test_the_workbook_has_numbers_and_a_frozen_head(three: Classroom, teacher: Client) -> None:
    page = worksheet(teacher)
    assert page.freeze_panes == "B2"
    head = [cell.value for cell in page[1]]
    by_name = {row[0].value: row for row in page.iter_rows(min_row=2)}
    mark = by_name["student"][head.index("tp1")]
    assert (mark.value, mark.data_type) == (13.33, "n")
    assert by_name["fellow"][head.index("tp1")].value is None
    assert by_name["u1"][head.index("last name")].value == "Étienne"
    from_csv = records(teacher)
    assert [row[0].value for row in page.iter_rows(min_row=2)] == [r["username"] for r in from_csv]
    for row in from_csv:
        total = by_name[row["username"]][head.index("sum")].value
        assert ("" if total is None else f"{total:g}") == row["sum"]


def test_moodle_gets_one_column_a_tp_and_its_sign_for_no_grade(
    three: Classroom, teacher: Client
) -> None:
    raw = download(teacher, "moodle")
    assert not raw.startswith(b"\xef\xbb\xbf")
    by_name = {row["Username"]: row for row in records(teacher, "moodle")}
    assert by_name["student"] == {
        "Username": "student",
        "Email address": "",
        "TP1: a circular buffer": "13.33",
        "TP2: a buffer that grows": "17",
    }
    assert by_name["u1"]["Email address"] == "u1@example.org"
    assert by_name["fellow"]["TP1: a circular buffer"] == "-"


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_is_a_formula(room: Classroom, teacher: Client, text: str) -> None:
    room.enrol("u1", text, text, text)
    row = records(teacher, query="q=u1")[0]
    page = worksheet(teacher, "q=u1")
    cells = [cell for cell in page[2] if isinstance(cell.value, str)]
    for value in (row["last name"], row["first name"], row["group"], *(c.value for c in cells)):
        assert not value.lstrip().startswith(("=", "+", "-", "@", "＝")), value
    assert {cell.data_type for cell in cells} == {"s"}
    assert row["last name"] == page[2][1].value == neutral(text)


def test_a_title_that_is_a_formula_stays_a_title(room: Classroom, teacher: Client) -> None:
    room.tp1.title = "=HYPERLINK(1)"
    room.tp1.save()
    assert "'=HYPERLINK(1)" in records(teacher, "moodle")[0]


def test_control_characters_and_quotes_do_not_break_the_files(
    room: Classroom, teacher: Client
) -> None:
    nul = storable("\0")
    room.enrol("u1", f'a"b,c\n{nul}\x1b[31m\u202e', "x")
    told = 'a"b,c\n' + ("\\u{0}" if nul else "") + "\\u{1b}[31m\\u{202e}"
    assert records(teacher, query="q=u1")[0]["last name"] == told
    assert worksheet(teacher, "q=u1")["B2"].value == told


@pytest.mark.parametrize("kind", ["csv", "xlsx", "moodle"])
def test_a_download_is_written_down(three: Classroom, teacher: Client, kind: str) -> None:
    download(teacher, kind, "q=u1&look=best")
    entry = AuditEntry.objects.get(action=Action.EXPORTED)
    assert (entry.actor, entry.course) == (three.school.instructor, three.school.course)
    assert entry.detail == {
        "format": kind, "look": "best", "students": 1, "filter": {"look": "best", "q": "u1"},
    }  # fmt: skip


def test_looking_is_not_written_down(three: Classroom, teacher: Client) -> None:
    rows(teacher)
    assert teacher.get(reverse("gradebook-export", args=["asee"])).status_code == 405
    assert not AuditEntry.objects.exists()


def test_a_kind_of_file_that_there_is_not(three: Classroom, teacher: Client) -> None:
    response = teacher.post(reverse("gradebook-export", args=["asee"]), {"kind": "ods"})
    assert response.status_code == 404
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "moodle"])
def test_the_number_of_queries_of_a_file_does_not_follow_the_class(
    room: Classroom, teacher: Client, kind: str
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            download(teacher, kind)
        return len(queries)

    room.attempt(room.school.student, room.tp1)
    few = count()
    for number in range(30):
        room.attempt(room.enrol(f"u{number}"), room.tp1)
    assert count() == few
