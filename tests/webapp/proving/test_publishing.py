"""Putting a version in use, through the gate or against it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.support.fixtures import School, marking_of
from tests.webapp.support.proving import EXTRA, Tp, break_down, end_as_due, known, make_tp
from webapp.audit.models import Action, AuditEntry
from webapp.proving.publishing import Refused, against, digest, publish
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.versions import current_version


@pytest.fixture
def unfailing(school: School) -> Tp:
    """A version with a criterion that no known module loses; its proof has ended."""
    tp = make_tp(school, EXTRA)
    tp.proven()
    return tp


def post(tp: Tp, client: Client, **data: str):  # type: ignore[no-untyped-def]
    client.force_login(tp.school.instructor)
    return client.post(reverse("rubric-publish", args=tp.args()), data)


def seen(tp: Tp) -> str:
    return digest(against(tp.version, "en"))


def test_a_proven_version_is_published(tp: Tp, client: Client) -> None:
    tp.proven()

    response = post(tp, client)

    assert response.status_code == 302
    version = current_version(tp.school.assignment)
    assert (version, version.published_by) == (tp.version, tp.school.instructor)
    assert version.forced_because == ""
    entry = AuditEntry.objects.get()
    assert entry.action == Action.RUBRIC_PUBLISHED
    assert entry.detail == {"version": 2, "before": 1, "objections": []}
    assert (entry.actor, entry.course) == (tp.school.instructor, tp.school.course)


def test_a_reason_that_is_not_needed_is_not_kept(tp: Tp, client: Client) -> None:
    tp.proven()

    post(tp, client, reason="just because")

    assert current_version(tp.school.assignment).forced_because == ""
    assert AuditEntry.objects.get().action == Action.RUBRIC_PUBLISHED


def test_what_is_handed_in_next_gets_it_and_what_was_handed_in_keeps_its_own(
    tp: Tp, client: Client
) -> None:
    before = tp.school.submit()
    tp.proven()
    post(tp, client)
    after = tp.school.submit(student=tp.school.fellow)

    assert marking_of(before).rubric.number == 1
    assert marking_of(after).rubric.number == 2


def test_a_criterion_that_cannot_fail_is_refused_by_name(unfailing: Tp, client: Client) -> None:
    response = post(unfailing, client)

    assert response.status_code == 422
    text = response.content.decode()
    assert "No defective module loses “It reads twice” (tp1.extra)" in text
    assert "say why" in text
    assert current_version(unfailing.school.assignment).number == 1
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_blanks_are_no_reason(unfailing: Tp, reason: str) -> None:
    with pytest.raises(Refused, match="say why"):
        publish(
            unfailing.version, unfailing.school.instructor, timezone.now(), "en", reason,
            seen(unfailing),
        )  # fmt: skip


def test_with_a_reason_it_is_published_and_the_reason_and_objections_are_on_record(
    unfailing: Tp, client: Client
) -> None:
    response = post(unfailing, client, reason="Shown in class.", seen=seen(unfailing))

    assert response.status_code == 302
    version = current_version(unfailing.school.assignment)
    assert (version, version.forced_because) == (unfailing.version, "Shown in class.")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == (Action.RUBRIC_FORCED, "Shown in class.")
    (objection,) = entry.detail["objections"]
    assert "tp1.extra" in objection
    page = client.get(reverse("proof", args=unfailing.args())).content.decode()
    assert "Published against its proof, because:" in page
    assert "Shown in class." in page


def test_an_override_holds_for_the_objections_that_were_read(unfailing: Tp, client: Client) -> None:
    read = seen(unfailing)
    known(unfailing.school, "one-more", "tp1.order")

    response = post(unfailing, client, reason="Shown <in> class.", seen=read)

    assert response.status_code == 422
    text = response.content.decode()
    assert "other objections" in text
    assert "one-more was added after the proof was started" in text
    assert "Shown &lt;in&gt; class.</textarea>" in text
    assert current_version(unfailing.school.assignment).number == 1
    assert post(unfailing, client, reason="Again.", seen=seen(unfailing)).status_code == 302


@pytest.mark.parametrize("state", ["never proven", "unfinished", "platform"])
def test_without_a_whole_proof_nothing_is_published(tp: Tp, client: Client, state: str) -> None:
    if state != "never proven":
        runs = tp.runs(tp.prove())
        end_as_due(runs.pop("kfifo"))
        if state == "platform":
            break_down(runs.pop("reference"))
            for run in runs.values():
                end_as_due(run)

    assert post(tp, client).status_code == 422
    assert current_version(tp.school.assignment).number == 1


def test_an_older_version_is_put_in_use_again_by_the_same_gate(tp: Tp, client: Client) -> None:
    tp.proven()
    post(tp, client)
    older = Tp(tp.school, RubricVersion.objects.get(assignment=tp.school.assignment, number=1))

    refused = post(older, client)
    assert refused.status_code == 422
    assert "this goes back" in refused.content.decode()
    older.proven()
    assert post(older, client).status_code == 302

    assert current_version(tp.school.assignment).number == 1
    assert [each.detail["version"] for each in AuditEntry.objects.order_by("pk")] == [2, 1]


def test_what_is_in_use_is_not_published_again(tp: Tp, client: Client) -> None:
    tp.proven()
    post(tp, client)

    again = post(tp, client, reason="x", seen="y")

    assert again.status_code == 422
    assert "in use already" in again.content.decode()
    assert AuditEntry.objects.count() == 1


def test_the_page_says_what_publishing_means_for_what_was_handed_in(tp: Tp, client: Client) -> None:
    tp.school.graded()
    tp.school.submit(student=tp.school.fellow)
    tp.proven()
    client.force_login(tp.school.instructor)

    page = client.get(reverse("proof", args=tp.args())).content.decode()

    assert "Once version 2 is published, whatever is handed in from then on" in page
    assert "It takes the place of version 1." in page
    assert "The 2 submissions that are there" in page
    assert "until somebody starts a regrade" in page
