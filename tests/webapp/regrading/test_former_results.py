"""What a marking said before a regrade can still be read, by whom it was shown to."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support import reports
from tests.webapp.support.fixtures import School, marking_of
from webapp.regrading import applying
from webapp.regrading.applying import Scope
from webapp.regrading.models import Regrade
from webapp.submissions import claims
from webapp.submissions.models import Marking, Submission


@pytest.fixture
def old(school: School) -> Marking:
    return marking_of(school.graded("panic"))


@pytest.fixture
def regrade(school: School, old: Marking) -> Regrade:
    """Of what was handed in, finished."""
    made = classroom.start(school)
    now = timezone.now()
    claim = claims.claim_next(now)
    assert claim is not None
    assert claims.finish(claim, reports.report("perfect", old.subject.seed), now)
    return made


def apply(regrade: Regrade, school: School) -> None:
    assert applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now()).done == 1


def read(client: Client, marking: Marking, who: object) -> tuple[int, str]:
    client.force_login(who)  # type: ignore[arg-type]
    answer = client.get(reverse("former", args=[marking.submission_id, marking.pk]))
    return answer.status_code, answer.content.decode()


def test_the_former_result_is_all_there_and_says_that_it_does_not_count(
    school: School, client: Client, old: Marking, regrade: Regrade
) -> None:
    client.force_login(school.student)
    before = client.get(old.subject.get_absolute_url()).content.decode()  # type: ignore[union-attr]
    apply(regrade, school)
    for who in (school.student, school.instructor):
        status, page = read(client, old, who)
        assert status == 200
        assert "This result does not count any more." in page
        assert f"rubric version {old.rubric.number}" in page
        assert "Correct by hand" not in page
        assert "BUG: kernel NULL pointer dereference" in page

    def part(html: str) -> str:
        start, end = html.index('<section aria-labelledby="criteria">'), html.index('id="source"')
        return html[start:end].replace(f"markings/{old.pk}/", "")

    assert part(read(client, old, school.student)[1]) == part(before)
    report = client.get(reverse("former-download", args=[old.submission_id, old.pk, "report"]))
    assert report.json()["score"] == old.score
    shown = client.get(reverse("submission", args=[old.submission_id])).content.decode()
    assert reverse("former", args=[old.submission_id, old.pk]) in shown


def test_a_regrade_is_the_instructors_until_it_is_applied(
    school: School, client: Client, old: Marking, regrade: Regrade
) -> None:
    new = regrade.items.get().new
    assert read(client, new, school.student)[0] == 404
    status, page = read(client, new, school.instructor)
    assert status == 200
    assert "the regrade that made it was not applied" in page
    client.force_login(school.student)
    shown = client.get(reverse("submission", args=[old.submission_id])).content
    assert b"Former results" not in shown


def test_what_was_taken_back_was_seen_and_stays_readable(
    school: School, client: Client, old: Marking, regrade: Regrade
) -> None:
    apply(regrade, school)
    applying.undo(regrade, school.instructor, timezone.now())
    new = regrade.items.get().new
    assert read(client, new, school.student)[0] == 200
    # It is in the instructors' list, not in the student's.
    for who, is_listed in ((school.student, False), (school.instructor, True)):
        client.force_login(who)
        shown = client.get(reverse("submission", args=[old.submission_id])).content.decode()
        assert (reverse("former", args=[old.submission_id, new.pk]) in shown) is is_listed
    # What counts has its own page.
    assert read(client, old, school.student)[0] == 404


def test_of_another_submission_it_is_not_there(
    school: School, client: Client, old: Marking, regrade: Regrade
) -> None:
    apply(regrade, school)
    other = Submission.objects.create(
        student=school.student, assignment=school.assignment, attempt=9, sha256="0" * 64, seed=1,
        created_at=timezone.now(),
    )  # fmt: skip
    client.force_login(school.student)
    assert client.get(reverse("former", args=[other.pk, old.pk])).status_code == 404
