"""The comparison as a table."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import School
from webapp.regrading.exporting import safe
from webapp.regrading.models import Regrade
from webapp.submissions.models import Marking, State
from webapp.submissions.templatetags.text import visible_text


def table(client: Client, regrade: Regrade) -> list[dict[str, str]]:
    response = client.get(reverse("regrade-csv", args=["asee", "tp1", regrade.pk]))
    assert response["Content-Disposition"] == (
        f'attachment; filename="asee-tp1-regrade-{regrade.pk}.csv"'
    )
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_line_for_every_submission(school: School, client: Client) -> None:
    client.force_login(school.instructor)
    made = classroom.add_class(school, 3, old={"tp1.order": 0.0}, group="G1")
    regrade = classroom.start(school)
    first, second, third = Marking.objects.filter(regrade_item__regrade=regrade).order_by("pk")
    classroom.write_results([first], lambda marking: {})
    classroom.write_results([second], lambda marking: {"tp1.order": 0.0, "tp1.build": 0.5})
    Marking.objects.filter(pk=third.pk).update(state=State.ERROR)
    rows = table(client, regrade)
    assert [row["Student"] for row in rows] == [each.student.username for each in made]
    assert [(row["Old mark"], row["New mark"], row["Change"]) for row in rows] == [
        ("17.0", "20.0", "3.0"), ("17.0", "16.5", "-0.5"), ("17.0", "", ""),
    ]  # fmt: skip
    assert rows[0]["tp1.order old"] == "fail 0/3"
    assert rows[0]["tp1.order new"] == "pass 3/3"
    assert rows[2]["tp1.order new"] == ""
    assert {row["Group"] for row in rows} == {"G1"}
    assert [row["State"] for row in rows] == ["marked", "marked", "withheld"]


@pytest.mark.parametrize(
    "evil", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"]
)
def test_names_are_no_formulas(school: School, client: Client, evil: str) -> None:
    client.force_login(school.instructor)
    (made,) = classroom.add_class(school, 1)
    made.student.last_name = evil
    made.student.save()
    regrade = classroom.start(school)
    classroom.finish(regrade)
    (row,) = table(client, regrade)
    assert row["Last name"] == f"'{visible_text(evil)}"


def test_numbers_stay_numbers() -> None:
    assert safe(-3.5) == -3.5
    assert safe("-3.5") == "'-3.5"
    assert safe("") == ""
    assert safe(None) is None
