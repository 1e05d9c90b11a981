"""Handing in: what is stored, what is refused, and what is said."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.support.fixtures import MODULE, School, finish, marking_of
from tests.webapp.support.queue import Redis
from webapp.accounts.models import User
from webapp.audit.immutable import Unchangeable
from webapp.rubrics.models import RubricVersion
from webapp.submissions import dispatch
from webapp.submissions.models import Marking, SourceFile, State, Submission


@pytest.fixture
def student(school: School) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(school.student)
    return client


def send(client: Client, *files: tuple[str, bytes]) -> HttpResponse:
    uploads: Sequence[SimpleUploadedFile] = [SimpleUploadedFile(name, data) for name, data in files]
    response: HttpResponse = client.post(  # type: ignore[assignment]
        reverse("hand-in", args=["asee", "tp1"]), {"files": uploads}
    )
    return response


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def assert_refused(response: HttpResponse, *words: str) -> None:
    html = response.content.decode()
    assert response.status_code == 422
    assert "Nothing was stored." in html
    for word in words:
        assert word in html
    assert not Submission.objects.exists()
    assert not Marking.objects.exists()
    assert not SourceFile.objects.exists()


def test_an_upload_is_stored_with_its_digest_and_queued(
    shared_school: School, redis_server: Redis
) -> None:
    client = Client()
    client.force_login(shared_school.student)
    before = dispatch.messages_waiting() or 0
    response = send(client, ("ring.c", MODULE))
    submission = Submission.objects.get()
    assert response.status_code == 302
    assert response["Location"] == submission.get_absolute_url()
    assert len(submission.sha256) == 64
    assert bytes(submission.files.get().data) == MODULE
    assert submission.upload_names == ["ring.c"]
    marking = marking_of(submission)
    assert marking.state == State.QUEUED
    assert marking.sent_at is not None
    assert dispatch.messages_waiting() == before + 1


def test_an_archive_becomes_its_c_files(school: School, student: Client) -> None:
    response = send(student, ("tp1.zip", zipped(("tp1/ring.c", MODULE), ("tp1/Makefile", b"all:"))))
    assert response.status_code == 302
    stored = Submission.objects.get()
    assert [file.path.rpartition("/")[2] for file in stored.files.all()] == ["ring.c"]
    assert any("Makefile" in name for name in stored.ignored_names)


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ([("notes.txt", b"hello")], "notes.txt"),
        ([("ring.c", b"")], "empty"),
        ([("ring.c", b"\x7fELF\x02\x01\x01" + bytes(100))], "ring.c"),
        ([("ring.c", b"int main(void) { return 0; }\n")], "module_init"),
        ([("a.zip", zipped(("../../ring.c", MODULE)))], "ring.c"),
        ([("a.zip", b"PK\x03\x04 not a zip")], "a.zip"),
        ([("bomb.zip", zipped(("ring.c", b" " * 90_000_000)))], "bomb.zip"),
        ([("many.zip", zipped(*((f"f{n}.c", b"//") for n in range(5001))))], "many.zip"),
    ],
    ids=["no-c", "empty", "binary", "no-init", "dotdot", "broken-zip", "bomb", "5000-in-a-zip"],
)
def test_bad_input_is_explained_and_stores_nothing(
    school: School, student: Client, files: list[tuple[str, bytes]], word: str
) -> None:
    assert_refused(send(student, *files), word)


def test_ten_megabytes_are_refused_with_the_limit_named(school: School, student: Client) -> None:
    assert_refused(send(student, ("ring.c", b"/" * 10_000_000)), "5.0\xa0MB")


def test_five_thousand_files_are_refused(school: School, student: Client) -> None:
    assert_refused(send(student, *((f"f{n}.c", MODULE) for n in range(5000))), "More than 100")


def test_nothing_chosen_is_explained(school: School, student: Client) -> None:
    assert_refused(send(student), "No file was chosen")


def test_a_refusal_is_in_the_language_of_who_reads_it(school: School, student: Client) -> None:
    english = send(student, ("ring.c", b"int main(void) { return 0; }\n"))
    assert "no module_init(...) in" in english.content.decode()
    User.objects.update(language="fr")
    html = send(student, ("ring.c", b"int main(void) { return 0; }\n")).content.decode()
    assert "pas de module_init(...) dans" in html
    assert "this is not a kernel module" not in html
    RubricVersion.objects.update(is_current=False)
    html = send(student, ("ring.c", MODULE)).content.decode()
    assert "pas encore de barème publié" in html


def test_a_name_with_markup_is_shown_inert(school: School, student: Client) -> None:
    response = send(student, ("<img src=x>\u202e.c", b""))
    assert b"<img src=x" not in response.content
    assert "\u202e" not in response.content.decode()


@pytest.mark.parametrize(
    ("opens", "due", "words"),
    [(1, 2, "not open yet"), (-2, -1, "was due and is closed")],
    ids=["before", "after"],
)
def test_outside_its_dates_a_tp_takes_nothing(
    school: School, student: Client, opens: int, due: int, words: str
) -> None:
    now = timezone.now()
    school.assignment.opens_at = now + dt.timedelta(days=opens)
    school.assignment.due_at = now + dt.timedelta(days=due)
    school.assignment.save()
    assert_refused(send(student, ("ring.c", MODULE)), words)
    assert b'type="file"' not in student.get(reverse("assignment", args=["asee", "tp1"])).content


def test_a_form_without_its_token_is_refused(school: School) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(school.student)
    assert send(client, ("ring.c", MODULE)).status_code == 403
    assert not Submission.objects.exists()


def test_sending_the_same_twice_while_it_is_marked_gives_one_attempt(
    school: School, student: Client
) -> None:
    first, second = send(student, ("ring.c", MODULE)), send(student, ("ring.c", MODULE))
    assert first["Location"] == second["Location"]
    assert Submission.objects.count() == 1


def test_the_same_files_after_the_mark_are_a_new_attempt(school: School, student: Client) -> None:
    send(student, ("ring.c", MODULE))
    finish(Submission.objects.get())
    send(student, ("ring.c", MODULE))
    assert sorted(Submission.objects.values_list("attempt", flat=True)) == [1, 2]


def test_a_stored_submission_does_not_change(school: School) -> None:
    submission = school.submit()
    submission.seed += 1
    with pytest.raises(Unchangeable):
        submission.save()
    with pytest.raises(Unchangeable):
        submission.files.get().save()
