"""The page of a proof: it follows the markings, cell by cell."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grader import events
from tests.webapp.support.fixtures import School
from tests.webapp.support.proving import (
    EXTRA,
    Tp,
    break_down,
    end,
    end_as_due,
    known,
    make_tp,
)  # fmt: skip
from tests.webapp.support.reports import report
from webapp.accounts.models import User
from webapp.courses.models import Enrolment
from webapp.rubrics.models import RubricVersion
from webapp.submissions import claims
from webapp.submissions.models import Marking, State

#: Session, person, seat, TP, version, the proof in five, what is in use and what it has marked.
QUERIES = 12


@pytest.fixture
def instructor(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def page(tp: Tp, client: Client) -> str:
    return client.get(reverse("proof", args=tp.args())).content.decode()


def live(tp: Tp, client: Client, html: str = "") -> tuple[int, str]:
    """As the page polls: with the stamp that it was given."""
    stamp = re.search(r"seen=(\w+)", html)
    query = {"seen": stamp.group(1)} if stamp else {}
    response = client.get(reverse("proof-live", args=tp.args()), query)
    return response.status_code, response.content.decode()


def cells(html: str, criterion: str) -> list[str]:
    """A row's verdicts as words, module by module; the first is who loses it."""
    row = html.split(f"<code>{criterion}</code>", 1)[1].split("</tr>", 1)[0]
    return [text_of(each).strip() for each in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]


def test_before_a_proof_it_offers_one(tp: Tp, instructor: Client) -> None:
    html = page(tp, instructor)

    assert "Try it on the known modules" in html
    assert "This version has not been tried on the known modules." in html
    assert "hx-get" not in html


def test_starting_leads_to_the_matrix(tp: Tp, instructor: Client) -> None:
    response = instructor.post(reverse("proof-start", args=tp.args()), follow=True)

    html = response.content.decode()
    assert "0 of 4 modules marked" in html
    assert cells(html, "tp1.order") == ["none yet", *["waiting"] * 4]
    assert "hx-get" in html


def test_without_known_modules_starting_says_what_to_do(school: School, instructor: Client) -> None:
    tp = Tp(school, RubricVersion.objects.get(assignment=school.assignment))

    response = instructor.post(reverse("proof-start", args=tp.args()))

    assert response.status_code == 422
    assert "This TP has no known modules: add some" in response.content.decode()


def test_cells_fill_as_criteria_are_decided(tp: Tp, instructor: Client) -> None:
    runs = tp.runs(tp.prove())
    now = timezone.now()
    html = page(tp, instructor)
    assert live(tp, instructor, html) == (204, "")

    claim = claims.claim(runs["first-half"].marking_id, now)
    assert claim is not None
    perfect = report("perfect", 0, tp.version.parsed)
    ids = tuple(each.id for each in perfect.criteria)
    claims.note(claim, events.Started(criteria=ids, checks=24), now)
    claims.note(claim, events.CheckStarted(check="build", criterion="tp1.build"), now)
    status, html = live(tp, instructor, html)
    assert status == 200
    assert "0 of 24 checks" in html
    assert cells(html, "tp1.build") == [
        "none yet", "waiting", "waiting", "being tried", "waiting",
    ]  # fmt: skip

    lost = perfect.criteria[0].model_copy(update={"verdict": "fail", "points": 0.0})
    claims.note(claim, events.CriterionDecided(lost), now)
    status, html = live(tp, instructor, html)
    assert status == 200
    assert cells(html, "tp1.build") == ["1", "waiting", "waiting", "failed as due", "waiting"]
    assert 'id="objections" hx-swap-oob' in html
    assert 'id="publishing"' not in html  # what is being typed there stays
    assert live(tp, instructor, html)[0] == 204


def test_at_the_end_it_stops_asking_and_brings_the_form(tp: Tp, instructor: Client) -> None:
    proof = tp.prove()
    html = page(tp, instructor)
    for run in tp.runs(proof).values():
        end_as_due(run)

    status, html = live(tp, instructor, html)

    assert status == 200
    assert "hx-get" not in html
    assert "4 of 4 modules marked. The version is proven." in text_of(html)
    assert "Publish version 2" in html
    assert cells(html, "tp1.build") == ["1", "passed", "passed", "failed as due", "passed"]


def test_wrong_verdicts_are_called_so_and_lead_to_the_reason(
    school: School, instructor: Client
) -> None:
    tp = make_tp(school, EXTRA)
    runs = tp.runs(tp.prove())
    end(runs["reference"])
    end(runs["kfifo"], order="fail")
    end_as_due(runs["second-half"])
    end(runs["first-half"], build="fail", extra="not-run")

    html = page(tp, instructor)

    assert cells(html, "tp1.order") == ["none", "passed", "failed wrong", "passed wrong", "passed"]
    assert cells(html, "tp1.extra") == ["none", "passed", "passed", "not run", "passed"]
    reason = reverse("proof-run", args=tp.args(runs["kfifo"].pk))
    assert f'href="{reason}#tp1-order"' in html


def test_a_platform_fault_is_shown_with_a_way_to_try_again(tp: Tp, instructor: Client) -> None:
    runs = tp.runs(tp.prove())
    for name in ("kfifo", "first-half", "second-half"):
        end_as_due(runs[name])
    break_down(runs["reference"], "no <answer>")
    again = reverse("proof-run-again", args=tp.args(runs["reference"].pk))

    html = page(tp, instructor)
    assert "reference could not be marked: the platform" in html
    assert "no &lt;answer&gt;" in html and again in html
    assert cells(html, "tp1.order")[1] == "our fault"

    assert instructor.post(again).status_code == 302
    marking = Marking.objects.get(pk=runs["reference"].marking_id)
    assert (marking.state, marking.failures) == (State.QUEUED, 0)


def test_the_reason_is_the_report_as_a_student_reads_it(tp: Tp, instructor: Client) -> None:
    runs = tp.runs(tp.prove())
    end(runs["kfifo"], order="fail")

    response = instructor.get(reverse("proof-run", args=tp.args(runs["kfifo"].pk)))

    html = response.content.decode()
    assert "The third shell read &#x27;Zx4&#x27; before" in html
    assert "/* kfifo */" in html
    assert "/submissions/" not in html  # it has none, so nothing may lead to one
    for kind in ("report", "journal", "build-log", "console"):
        address = reverse("proof-run-download", args=tp.args(runs["kfifo"].pk, kind))
        got = instructor.get(address)
        assert got.status_code == 200
        assert "attachment" in got["Content-Disposition"]


def test_a_run_that_is_not_marked_says_so(tp: Tp, instructor: Client) -> None:
    runs = tp.runs(tp.prove())

    html = instructor.get(reverse("proof-run", args=tp.args(runs["kfifo"].pk))).content.decode()

    assert "It is not marked yet" in html
    download = reverse("proof-run-download", args=tp.args(runs["kfifo"].pk, "report"))
    assert instructor.get(download).status_code == 404


def test_a_run_of_another_version_is_not_there(tp: Tp, instructor: Client) -> None:
    run = tp.runs(tp.prove())["kfifo"]
    given = tp.school.assignment

    address = reverse("proof-run", args=[given.course.slug, given.tp, 1, run.pk])

    assert instructor.get(address).status_code == 404


def test_a_version_that_there_is_not_is_404(tp: Tp, instructor: Client) -> None:
    given = tp.school.assignment
    assert (
        instructor.get(reverse("proof", args=[given.course.slug, given.tp, 9])).status_code == 404
    )


@pytest.mark.parametrize("size", [2, 20])
def test_it_asks_the_database_as_often_for_many_modules_and_students(
    school: School,
    instructor: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    size: int,
) -> None:
    tp = make_tp(school)
    for number in range(size):
        known(school, f"module-{number}", "tp1.order")
        student = User.objects.create(username=f"student-{number}")
        Enrolment.objects.create(user=student, course=school.course)
        school.submit(student=student)
    for run in tp.runs(tp.prove()).values():
        end_as_due(run)

    with django_assert_max_num_queries(QUERIES):
        page(tp, instructor)
    with django_assert_max_num_queries(QUERIES):
        live(tp, instructor)
