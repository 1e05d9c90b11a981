"""The audit log of a course: what is there, how it is found, that it stays."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.webapp.support.fixtures import School, storable
from tests.webapp.support.reports import EVIL
from webapp.audit.immutable import Unchangeable
from webapp.audit.models import Action, AuditEntry
from webapp.audit.services import record
from webapp.corrections.course_views import PER_PAGE
from webapp.corrections.log import MOST, entries, readable

DAY = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


@pytest.fixture
def log(school: School) -> School:
    """Three entries of this course and one of another."""

    def add(action: Action, target: str, hours: float, **more: object) -> None:
        record(more.pop("by", school.instructor), action, target,
               DAY + dt.timedelta(hours=hours),
               **{"course_id": school.course.pk, **more})  # type: ignore[arg-type]  # fmt: skip

    add(Action.POINTS_SET, "student, tp1, attempt 1: tp1.order", 0, reason="half right",
        url="/submissions/1/#tp1-order",
        old={"points": 0.0, "mark": 17.0}, new={"points": 2.0, "mark": 19.0})  # fmt: skip
    add(Action.EXTENDED, "fellow, tp2", 24, url="/teach/asee/tp/tp2/extensions/")
    add(Action.RUBRIC_PUBLISHED, "tp1, rubric version 2", 48, by=None, criteria=["a", "b"])
    stranger = school.stranger.enrolments.get().course
    add(Action.EXPORTED, "somewhere else", 0, course_id=stranger.pk)
    return school


def shown(client: Client, school: School, **wanted: str) -> str:
    reply = client.get(reverse("audit", args=[school.course.slug]), wanted)
    assert reply.status_code == 200
    html = reply.content.decode()
    return html[html.index('class="log-entries"') :]


def test_entries_of_the_course_are_read_newest_first(log: School, teacher: Client) -> None:
    html = shown(teacher, log)
    assert html.index("rubric version 2") < html.index("fellow, tp2") < html.index("tp1.order")
    assert "somewhere else" not in html
    assert "set the points of a criterion" in html
    assert "Reason: half right" in html
    assert '<a href="/submissions/1/#tp1-order">student, tp1, attempt 1: tp1.order</a>' in html
    assert '<th scope="row">points</th><td class="said">0</td><td class="said">2</td>' in html
    assert '<th scope="row">mark</th><td class="said">17</td><td class="said">19</td>' in html
    assert '<dt>criteria</dt><dd class="said">a, b</dd>' in html
    assert "the platform" in html


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"action": "extended"}, {"fellow, tp2"}),
        ({"words": "tp1"}, {"tp1.order", "rubric version 2"}),
        ({"words": "HALF student"}, {"tp1.order"}),
        ({"words": "tp2"}, {"fellow, tp2"}),
        ({"since": "2026-11-25"}, {"fellow, tp2", "rubric version 2"}),
        ({"until": "2026-11-24"}, {"tp1.order"}),
        ({"since": "2026-11-25", "until": "2026-11-25"}, {"fellow, tp2"}),
        ({"words": "nothing"}, set()),
    ],
)
def test_it_is_filtered(
    log: School, teacher: Client, wanted: dict[str, str], found: set[str]
) -> None:
    html = shown(teacher, log, **wanted)
    everything = {"tp1.order", "fellow, tp2", "rubric version 2"}
    assert {each for each in everything if each in html} == found
    assert ("Nothing like that." in html) is not found


def test_it_is_filtered_by_who(log: School, teacher: Client) -> None:
    html = shown(teacher, log, who=str(log.instructor.pk))
    assert "tp1.order" in html
    assert "rubric version 2" not in html


@pytest.mark.parametrize(
    "wanted",
    [{"since": "yesterday"}, {"action": "burned"}, {"who": "0 OR 1=1"}, {"page": "x"},
     {"page": "99"}, {"words": "x" * 300}],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_told_and_hides_nothing(
    log: School, teacher: Client, wanted: dict[str, str]
) -> None:
    assert "tp1.order" in shown(teacher, log, **wanted)


def test_long_logs_come_in_pages_that_keep_the_filter(school: School, teacher: Client) -> None:
    for n in range(PER_PAGE + 1):
        record(school.instructor, Action.EXPORTED, f"entry-{n:03}", DAY + dt.timedelta(minutes=n),
               course_id=school.course.pk)  # fmt: skip
    first = shown(teacher, school, action="exported")
    assert "entry-050" in first
    assert "entry-000" not in first
    assert 'href="?action=exported&amp;page=2" rel="next"' in first
    assert "entry-000" in shown(teacher, school, action="exported", page="2")


def test_the_page_asks_as_often_for_fifty_entries_as_for_two(
    school: School, teacher: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(teacher, school)
        return len(asked)

    def add(number: int) -> None:
        for n in range(number):
            record(school.instructor, Action.EXPORTED, str(n), DAY, course_id=school.course.pk)

    add(2)
    few = queries()
    add(48)
    assert queries() == few


def test_texts_are_inert_and_capped(school: School, teacher: Client) -> None:
    evil = storable(EVIL)
    record(school.instructor, Action.COMMENTED, evil, DAY, course_id=school.course.pk,
           reason=EVIL.replace("\0", ""), old={evil: evil}, new={evil: "y" * 50_000},
           more=[{"deep": evil}])  # fmt: skip
    html = shown(teacher, school)
    assert "<script>alert" not in html
    for character in "\x1b\u202e\0":
        assert character not in html
    assert "y" * MOST in html
    assert "y" * (MOST + 1) not in html


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""],
)
def test_only_addresses_of_the_site_are_links(school: School, url: str) -> None:
    made = record(
        school.instructor, Action.COMMENTED, "x", DAY, course_id=school.course.pk, url=url
    )
    assert readable(made).address == ""


@pytest.mark.parametrize("detail", [{}, {"old": 1, "new": 2}, {"old": None}, {"new": [1, {}]}, []])
def test_whatever_a_detail_is_it_can_be_read(
    school: School, teacher: Client, detail: object
) -> None:
    AuditEntry.objects.create(course=school.course, actor=school.instructor, detail=detail, at=DAY,
                              action="an-old-word", target="x")  # fmt: skip
    assert "an-old-word" in shown(teacher, school)


def test_an_entry_is_never_changed(log: School) -> None:
    entry = entries(log.course, {})[0]
    entry.reason = "another"
    with pytest.raises(Unchangeable):
        entry.save()
    with pytest.raises(Unchangeable):
        entry.save(update_fields=["reason"])
    entry.refresh_from_db()
    assert entry.reason == ""


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_page_only_reads(log: School, teacher: Client, method: str) -> None:
    url = reverse("audit", args=[log.course.slug])
    assert getattr(teacher, method)(url).status_code == 405
    assert AuditEntry.objects.filter(course=log.course).count() == 3
