"""What the addresses for workers answer, and to whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader.image import load_image
from webapp.fleet import serving, tokens
from webapp.fleet.models import WorkerToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(token: str, platform_home: Path) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def agent(platform_home: Path) -> str:
    """The smallest part."""
    name = load_image(platform_home).manifest["parts"]["agent"]
    return reverse("fleet-part", args=[name])


def body(response) -> bytes:  # type: ignore[no-untyped-def]
    """To its end, with which the test client closes it."""
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic {}", "{}", "Bearer {}x"]
)
def test_without_a_good_token_nothing_is_said(
    token: str, platform_home: Path, agent: str, header: str
) -> None:
    client = Client(headers={"Authorization": header.format(token)})
    for address in (reverse("fleet-images"), agent, reverse("fleet-part", args=["none"])):
        response = client.get(address)
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"].startswith("text/plain")
        assert b"needs a token" in response.content


def test_neither_session_nor_cookie_nor_cache(worker: Client, agent: str) -> None:
    for address in (reverse("fleet-images"), agent):
        response = worker.get(address)
        body(response)
        assert response.status_code == 200
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
def test_only_get(worker: Client, agent: str, method: str) -> None:
    assert getattr(worker, method)(agent).status_code == 405


def test_a_login_opens_nothing(admin_client: Client, platform_home: Path, agent: str) -> None:
    assert admin_client.get(agent).status_code == 401


def test_a_use_is_noted_and_not_at_every_request(worker: Client, agent: str) -> None:
    body(worker.get(agent))
    first = WorkerToken.objects.get().last_used_at
    assert first is not None
    body(worker.get(agent))
    assert WorkerToken.objects.get().last_used_at == first


def test_a_revoked_token_opens_nothing(worker: Client, agent: str) -> None:
    tokens.revoke("lab-1", timezone.now())
    assert worker.get(agent).status_code == 401


def test_only_parts_of_images_in_use_that_marking_needs(
    worker: Client, platform_home: Path
) -> None:
    base = load_image(platform_home).manifest["parts"]["base"]
    (platform_home / "parts" / "kernel-0123456789abcdef").mkdir()
    for name in (base, "kernel-0123456789abcdef", "..", "%2e%2e", "kernel-..%2f..%2fx"):
        assert worker.get(f"/fleet/parts/{name}").status_code == 404


def test_from_the_middle(worker: Client, agent: str) -> None:
    whole = worker.get(agent)
    data, tag = body(whole), whole["ETag"]
    assert whole["Content-Length"] == str(len(data))
    rest = worker.get(agent, headers={"Range": "bytes=1000-", "If-Range": tag})
    assert (rest.status_code, body(rest)) == (206, data[1000:])
    assert rest["Content-Range"] == f"bytes 1000-{len(data) - 1}/{len(data)}"
    assert rest["Content-Length"] == str(len(data) - 1000)


@pytest.mark.parametrize("wanted", ["bytes=0-", "bytes=1-5", "bytes=-5", "lines=3-", "bytes=3-,7-"])
def test_to_other_ranges_the_whole_is_the_answer(worker: Client, agent: str, wanted: str) -> None:
    response = worker.get(agent, headers={"Range": wanted})
    data = body(response)
    assert (response.status_code, response["Content-Length"]) == (200, str(len(data)))


def test_when_the_part_has_changed_the_whole_is_the_answer(worker: Client, agent: str) -> None:
    response = worker.get(agent, headers={"Range": "bytes=1000-", "If-Range": '"older"'})
    body(response)
    assert response.status_code == 200


def test_behind_the_end_there_is_nothing(worker: Client, agent: str) -> None:
    response = worker.get(agent, headers={"Range": "bytes=999999999-"})
    assert response.status_code == 416
    assert response["Content-Range"].startswith("bytes */")


def test_downloads_leave_room_for_people(worker: Client, agent: str) -> None:
    open_ones = [worker.get(agent) for _ in range(serving.AT_ONCE)]
    refused = worker.get(agent)
    assert (refused.status_code, refused["Retry-After"]) == (503, str(serving.RETRY_SECONDS))
    for each in open_ones:
        assert body(each)
    again = worker.get(agent)
    assert body(again)
    assert again.status_code == 200


def test_what_cannot_be_packed_is_a_fault_with_its_reason(
    worker: Client, platform_home: Path
) -> None:
    (platform_home / "packed").write_text("a file where the folder should be")
    response = worker.get(reverse("fleet-images"))
    assert response.status_code == 503
    assert b"cannot be packed for workers" in response.content
    assert b"images pack" in response.content
