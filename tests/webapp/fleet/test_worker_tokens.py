"""``manage.py worker_token``."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from webapp.audit.models import Action, AuditEntry
from webapp.fleet import tokens
from webapp.fleet.models import WorkerToken

pytestmark = pytest.mark.django_db
VALUE = "a-value-from-a-compose-file-0123456789"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("worker_token", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_the_token_is_printed_once_and_only_its_hash_is_kept() -> None:
    value = run("create", "lab-1")
    stored = WorkerToken.objects.get()
    assert len(value) > tokens.SHORTEST
    assert value not in str(vars(stored))
    assert stored.hash == tokens.digest(value)
    assert tokens.find(value) == stored
    assert value not in run("list")
    assert "never used" in run("list")


def test_a_name_stands_for_one_token() -> None:
    first = run("create", "lab-1")
    with pytest.raises(CommandError, match="revoke it first"):
        run("create", "lab-1")
    run("revoke", "lab-1")
    second = run("create", "lab-1")
    assert tokens.find(first) is None
    assert tokens.find(second) is not None
    assert run("list").count("lab-1") == 2


def test_revoking_what_is_not_there_says_so() -> None:
    with pytest.raises(CommandError, match="no token 'lab-9' is in use"):
        run("revoke", "lab-9")


def test_a_token_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGMARK_TOKEN", VALUE)
    assert "was made" in run("ensure", "compose", "--from-env", "RINGMARK_TOKEN")
    assert "is there already" in run("ensure", "compose", "--from-env", "RINGMARK_TOKEN")
    assert tokens.find(VALUE) == WorkerToken.objects.get()


def test_another_value_takes_the_place_of_the_older(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (VALUE, VALUE[::-1]):
        monkeypatch.setenv("RINGMARK_TOKEN", value)
        run("ensure", "compose", "--from-env", "RINGMARK_TOKEN")
    assert tokens.find(VALUE) is None
    assert tokens.find(VALUE[::-1]) is not None


@pytest.mark.parametrize("value", ["", "x" * (tokens.SHORTEST - 1)])
def test_a_short_value_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("RINGMARK_TOKEN", value)
    with pytest.raises(CommandError, match="32 characters"):
        run("ensure", "compose", "--from-env", "RINGMARK_TOKEN")


def test_a_revoked_value_stays_revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGMARK_TOKEN", VALUE)
    run("ensure", "compose", "--from-env", "RINGMARK_TOKEN")
    run("revoke", "compose")
    with pytest.raises(CommandError, match="was revoked"):
        run("ensure", "compose", "--from-env", "RINGMARK_TOKEN")


def test_a_variable_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGMARK_TOKEN", raising=False)
    with pytest.raises(CommandError, match="the environment has no RINGMARK_TOKEN"):
        run("ensure", "compose", "--from-env", "RINGMARK_TOKEN")


def test_both_are_in_the_audit_log_without_a_person() -> None:
    run("create", "lab-1")
    run("revoke", "lab-1")
    entries = AuditEntry.objects.order_by("pk").values_list("action", "target", "actor")
    assert list(entries) == [
        (Action.TOKEN_MADE, "lab-1", None),
        (Action.TOKEN_REVOKED, "lab-1", None),
    ]


def test_the_administration_shows_no_hash_and_changes_nothing(admin_client: Client) -> None:
    run("create", "lab-1")
    token = WorkerToken.objects.get()
    page = admin_client.get(f"/admin/fleet/workertoken/{token.pk}/change/")
    assert page.status_code == 200
    assert token.hash not in page.content.decode()
    assert admin_client.post(f"/admin/fleet/workertoken/{token.pk}/delete/").status_code == 403
    assert admin_client.get("/admin/fleet/workertoken/add/").status_code == 403
