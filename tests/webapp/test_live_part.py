"""The fragment that an open page asks for every second."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader import events
from tests.webapp.support import reports
from tests.webapp.support.fixtures import School, finish, marking_of
from webapp.submissions import claims
from webapp.submissions.models import Marking, Submission


@pytest.fixture
def submission(school: School, client: Client) -> Submission:
    client.force_login(school.student)
    return school.submit()


def fragment(client: Client, submission: Submission, seen: str = "") -> tuple[int, str]:
    response = client.get(reverse("progress", args=[submission.pk]), {"seen": seen})
    return response.status_code, response.content.decode()


def claim(submission: Submission, now: dt.datetime) -> claims.Claim:
    held = claims.claim(marking_of(submission).pk, now)
    assert held is not None
    return held


def test_while_nothing_changed_there_is_nothing_to_swap(
    submission: Submission, client: Client
) -> None:
    _, html = fragment(client, submission)
    stamp = re.search(r"seen=([0-9a-f]+)", html)
    assert stamp is not None
    assert fragment(client, submission, stamp[1]) == (204, "")
    claim(submission, timezone.now())
    assert fragment(client, submission, stamp[1])[0] == 200


def test_a_final_result_stops_the_asking(submission: Submission, client: Client) -> None:
    assert "hx-trigger" in fragment(client, submission)[1]
    finish(submission)
    _, html = fragment(client, submission)
    assert "hx-trigger" not in html
    assert 'class="big">20<' in html


def test_each_criterion_is_shown_as_it_is_decided(submission: Submission, client: Client) -> None:
    now = timezone.now()
    held = claim(submission, now)
    report = reports.report("defect", 1)
    claims.note(held, events.Started(tuple(each.id for each in report.criteria), 20), now)
    claims.note(held, events.CheckStarted("load", "tp1.load"), now)
    claims.note(held, events.CriterionDecided(report.criteria[0]), now)
    _, html = fragment(client, submission)
    rows = re.findall(r'<li class="([a-z-]+)">', html)
    assert rows == ["pass", "busy"] + ["waiting"] * (len(report.criteria) - 2)
    assert f"1 of {len(report.criteria)} criteria decided" in html


def test_a_silent_worker_is_called_an_interruption(submission: Submission, client: Client) -> None:
    claim(submission, timezone.now() - dt.timedelta(hours=1))
    assert "Interrupted, will be tried again" in fragment(client, submission)[1]


def test_a_withheld_mark_says_that_it_is_our_fault(
    submission: Submission, school: School, client: Client
) -> None:
    Marking.objects.update(state="error", failures=5, last_fault="PlatformFault: QEMU ended")
    _, html = fragment(client, submission)
    assert "The mark is withheld" in html
    assert "It costs you nothing" in html
    assert "QEMU ended" not in html
    client.force_login(school.instructor)
    _, html = fragment(client, submission)
    assert "QEMU ended" in html
    assert "Mark it again" in html


def test_looking_at_a_marking_that_was_never_sent_sends_it(
    submission: Submission, client: Client
) -> None:
    long_ago = timezone.now() - dt.timedelta(minutes=1)
    Marking.objects.update(sent_at=None, queued_at=long_ago)
    fragment(client, submission)
    assert marking_of(submission).sent_at is not None
