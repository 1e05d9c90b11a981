"""A student's attempts side by side, and what changed between two."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.support.fixtures import MODULE, School
from webapp.attempts import comparing
from webapp.attempts.overview import MOST_COLUMNS, attempts_page
from webapp.differences import diff

LINES = st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=30)


def test_each_criterion_over_the_attempts(school: School) -> None:
    school.graded("defect")
    school.graded("perfect", MODULE + b"/* mended */\n")
    page = attempts_page(school.student, school.assignment, "en")
    order = next(row for row in page.rows if row.id == "tp1.order")
    assert order.verdicts == ("fail", "pass")
    assert {row.verdicts for row in page.rows if row.id != "tp1.order"} == {("pass", "pass")}
    assert page.best is not None and page.best.submission.attempt == 2
    assert page.points[0].y > page.points[1].y


def test_only_the_latest_have_a_column(school: School) -> None:
    for number in range(MOST_COLUMNS + 2):
        school.graded(data=MODULE + b"/* %d */\n" % number)
    page = attempts_page(school.student, school.assignment, "en")
    assert page.hidden == 2
    assert page.marks[0].submission.attempt == 3
    assert len(page.points) == MOST_COLUMNS + 2


def test_queries_do_not_grow_with_the_attempts(school: School, client: Client) -> None:
    client.force_login(school.student)
    for number in range(2):
        school.graded(data=MODULE + b"/* %d */\n" % number)
    few = queries(client)
    for number in range(2, 8):
        school.graded(data=MODULE + b"/* %d */\n" % number)
    assert queries(client) == few


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse("attempts", args=["asee", "tp1"])).status_code == 200
    return len(captured)


def test_an_instructor_names_the_student(school: School, client: Client) -> None:
    school.graded("defect")
    client.force_login(school.instructor)
    address = reverse("attempts", args=["asee", "tp1"])
    assert client.get(f"{address}?student=student").status_code == 200
    assert client.get(f"{address}?student=stranger").status_code == 404


def test_a_student_sees_ones_own_whatever_is_asked(school: School, client: Client) -> None:
    school.graded("defect")
    client.force_login(school.fellow)
    page = client.get(reverse("attempts", args=["asee", "tp1"]) + "?student=student")
    assert "tp1.order" not in page.content.decode()


def test_the_difference_of_two_attempts(school: School, client: Client) -> None:
    old = school.graded("defect")
    new = school.graded("perfect", MODULE.replace(b"return 0;", b"return -1;"))
    client.force_login(school.student)
    page = client.get(reverse("compare", args=[new.pk])).content.decode()
    assert "return -1;" in page and "return 0;" in page
    assert "tp1.order" in page and "tp1.store" not in page
    found = comparing.compare(old, new, "en")
    assert [each.criterion for each in found.changed_verdicts] == ["tp1.order"]


def test_only_two_of_the_same_student_and_tp(school: School, client: Client) -> None:
    own, other = school.graded(), school.submit(student=school.fellow)
    client.force_login(school.instructor)
    assert client.get(reverse("compare", args=[own.pk]) + f"?with={other.pk}").status_code == 404
    assert client.get(reverse("compare", args=[own.pk]) + "?with=x").status_code == 404
    assert client.get(reverse("compare", args=[own.pk])).status_code == 404


@given(LINES, LINES)
def test_the_difference_is_one(old: list[str], new: list[str]) -> None:
    """What is gone and new tells how to come from one to the other."""
    lines = [line for line in diff(old, new) if line.sign != "@"]
    gone = {line.old for line in lines if line.sign == "-"}
    added = {line.new: line.text for line in lines if line.sign == "+"}
    kept = [text for n, text in enumerate(old, 1) if n not in gone]
    rebuilt: list[str] = []
    for n in range(1, len(new) + 1):
        rebuilt.append(added[n] if n in added else kept.pop(0))
    assert rebuilt == new
    assert kept == []
