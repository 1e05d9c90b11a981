"""A try: marked like an attempt, labelled, and handed in with one press."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader.intake import Upload
from tests.webapp.support import reports
from tests.webapp.support.fixtures import MODULE, School, finish, marking_of
from tests.webapp.support.withheld import withhold
from webapp.corrections.points import Refused, Seen, set_points
from webapp.courses.models import Counts
from webapp.rubrics.versions import current_version
from webapp.submissions import claims, services
from webapp.submissions.models import (
    LineComment,
    Mark,
    Marking,
    Priority,
    Standing,
    State,
    Submission,
)

OTHER = MODULE + b"// other\n"


@pytest.fixture
def last_counts(school: School) -> School:
    school.assignment.counts = Counts.LAST
    school.assignment.save()
    return school


@pytest.fixture
def student(last_counts: School, client: Client) -> Client:
    client.force_login(last_counts.student)
    return client


def tried(school: School, kind: str = "perfect", data: bytes = OTHER) -> Submission:
    submission = waiting_try(school, data)
    finish(submission, kind)
    return submission


def waiting_try(school: School, data: bytes = OTHER) -> Submission:
    return services.hand_in(
        school.student, school.assignment, [Upload("ring.c", data)], timezone.now(), as_try=True
    )


def standing(school: School) -> Standing:
    return Standing.objects.get(student=school.student, assignment=school.assignment)


def press(client: Client, submission: Submission) -> Submission:
    response = client.post(reverse("hand-in-try", args=[submission.pk]))
    assert response.status_code == 302
    return Submission.objects.get(pk=int(response["Location"].rstrip("/").rpartition("/")[2]))


def test_a_try_replaces_nothing(last_counts: School) -> None:
    attempt = last_counts.graded("perfect")
    broken = tried(last_counts, "no-build")
    assert standing(last_counts).last == Mark.objects.get(submission=attempt)
    assert standing(last_counts).attempts == 1
    assert not Mark.objects.filter(submission=broken).exists()
    assert (broken.is_try, broken.attempt) == (True, 1)
    assert last_counts.submit(b"//\n" + MODULE).attempt == 2


def test_the_form_has_both_buttons_where_the_last_counts(
    last_counts: School, student: Client
) -> None:
    page = student.get(reverse("assignment", args=["asee", "tp1"])).content.decode()
    assert "Hand in and mark" in page
    assert f'formaction="{reverse("try-out", args=["asee", "tp1"])}"' in page
    assert page.index("Hand in and mark") < page.index("Try it: mark without handing in")


def test_where_the_best_counts_there_is_nothing_to_try(school: School, client: Client) -> None:
    client.force_login(school.student)
    page = client.get(reverse("assignment", args=["asee", "tp1"])).content.decode()
    assert "Try it" not in page
    with pytest.raises(services.Closed, match="best attempt counts"):
        tried(school)


def test_after_the_last_moment_nothing_is_tried(last_counts: School) -> None:
    last_counts.assignment.due_at = timezone.now() - dt.timedelta(hours=1)
    last_counts.assignment.save()
    with pytest.raises(services.Closed):
        tried(last_counts)


def test_the_same_files_tried_twice_while_being_marked_are_one_try(last_counts: School) -> None:
    assert waiting_try(last_counts) == waiting_try(last_counts)


def test_handing_in_comes_before_trying_and_trying_before_the_rest(last_counts: School) -> None:
    now = timezone.now()
    first = waiting_try(last_counts)
    second = last_counts.submit()
    Marking.objects.create(
        submission=second, rubric=current_version(last_counts.assignment), queued_at=now,
        priority=Priority.REGRADE,
    )  # fmt: skip
    order = claims.in_order(Marking.objects.all()).values_list("submission__is_try", "priority")
    assert list(order) == [
        (False, Priority.FRESH), (True, Priority.TRY), (False, Priority.REGRADE),
    ]  # fmt: skip
    assert services.ahead_of(marking_of(first)) == 1


def test_the_pages_say_that_it_does_not_count(last_counts: School, student: Client) -> None:
    only = tried(last_counts)
    page = student.get(only.get_absolute_url()).content.decode()
    assert "This is a try: it does not count" in page
    assert "You have handed in nothing so far." in page
    assert "Hand this one in" in page
    assert "<h1>Try 1" in page
    overview = student.get(reverse("assignment", args=["asee", "tp1"])).content.decode()
    assert "Tries do not count." in overview
    assert ">Try 1</a>" in overview
    last_counts.graded("no-build")
    page = student.get(only.get_absolute_url()).content.decode()
    assert "What counts for you now:" in page
    assert "attempt 1</a>, 0/20." in page


def test_its_feedback_is_that_of_an_attempt(last_counts: School, student: Client) -> None:
    """The same report, the same sections, but for the names."""
    texts = []
    for submission in (last_counts.graded("panic", OTHER), tried(last_counts, "panic")):
        page = student.get(submission.get_absolute_url()).content.decode()
        start, end = page.index('<section aria-labelledby="criteria">'), page.index('id="history"')
        files = [str(each.pk) for each in submission.files.all()]
        part = page[start:end].replace(f"/submissions/{submission.pk}/", "/submissions/N/")
        texts.append(part.replace(f"/files/{files[0]}/", "/files/N/"))
    assert texts[0] == texts[1]


def test_one_press_hands_it_in_with_its_marking(last_counts: School, student: Client) -> None:
    last_counts.graded("no-build")
    good = tried(last_counts)
    marking = marking_of(good)
    made = press(student, good)
    assert (made.is_try, made.attempt, made.tried_as) == (False, 2, good)
    assert (made.sha256, made.seed) == (good.sha256, good.seed)
    assert made.created_at > good.created_at
    assert [bytes(each.data) for each in made.files.all()] == [OTHER]
    assert marking_of(made) == marking
    assert Marking.objects.count() == 2
    assert standing(last_counts).last.submission == made
    assert standing(last_counts).last.score == 20
    # Its page is the attempt's now, also for who pressed twice or has the old address.
    assert press(student, good) == made
    assert student.get(good.get_absolute_url())["Location"] == made.get_absolute_url()
    polled = student.get(reverse("progress", args=[good.pk]))
    assert polled["HX-Redirect"] == made.get_absolute_url()
    assert b">Try 1</a>" not in student.get(made.get_absolute_url()).content


@pytest.mark.parametrize("when", ["waiting", "running"])
def test_one_that_is_not_marked_yet_can_be_handed_in(
    last_counts: School, student: Client, when: str
) -> None:
    good = waiting_try(last_counts)
    marking = marking_of(good)
    claim = claims.claim(marking.pk, timezone.now()) if when == "running" else None
    made = press(student, good)
    assert marking_of(made) == marking
    assert marking_of(made).priority == Priority.FRESH
    if claim:
        # The worker that had the try stores the attempt's mark.
        assert claims.finish(claim, reports.report("perfect", made.seed), timezone.now())
    else:
        finish(made)
    assert standing(last_counts).last.score == 20


def test_being_late_is_counted_from_the_press(last_counts: School, student: Client) -> None:
    good = tried(last_counts)
    assignment = last_counts.assignment
    assignment.due_at = timezone.now() - dt.timedelta(hours=1)
    assignment.late_days, assignment.late_points_per_day = 1, 2
    assignment.save()
    page = student.get(good.get_absolute_url()).content.decode()
    assert "An attempt handed in now is 1 day late and loses 2 points." in page
    press(student, good)
    assert (standing(last_counts).last.score, standing(last_counts).last.late_days) == (18, 1)


def test_after_the_deadline_it_stays_a_try(last_counts: School, student: Client) -> None:
    good = tried(last_counts)
    last_counts.assignment.due_at = timezone.now() - dt.timedelta(hours=1)
    last_counts.assignment.save()
    page = student.get(good.get_absolute_url()).content.decode()
    assert "This try cannot be handed in any more." in page
    assert "Hand this one in" not in page
    response = student.post(reverse("hand-in-try", args=[good.pk]))
    assert response.status_code == 422
    assert b"was due and is closed" in response.content
    assert not Submission.objects.filter(is_try=False).exists()


def test_another_rubric_since_marks_it_anew(last_counts: School, student: Client) -> None:
    good = tried(last_counts)
    version = current_version(last_counts.assignment)
    newer = type(version).objects.get(pk=version.pk)
    type(version).objects.filter(pk=version.pk).update(is_current=False)
    newer.pk, newer.number = None, version.number + 1
    newer._state.adding, newer.is_current = True, True
    newer.save()
    assert b"marked anew" in student.get(good.get_absolute_url()).content
    made = press(student, good)
    assert marking_of(made).rubric == newer
    assert marking_of(made).state == State.QUEUED


def test_nothing_of_a_try_is_corrected_and_comments_go_along(
    last_counts: School, student: Client
) -> None:
    good = tried(last_counts, "panic")
    with pytest.raises(Refused, match="does not count"):
        set_points(
            good, "tp1.clean", 1, "why", last_counts.instructor, timezone.now(),
            Seen(marking_of(good).pk, None),
        )  # fmt: skip
    LineComment.objects.create(
        submission=good, path="ring.c", line=2, text="look here", author=last_counts.instructor,
        created_at=timezone.now(),
    )  # fmt: skip
    made = press(student, good)
    assert b"look here" in student.get(made.get_absolute_url()).content


def test_instructors_see_tries_apart(last_counts: School, client: Client) -> None:
    last_counts.graded()
    good = tried(last_counts)
    client.force_login(last_counts.instructor)
    page = client.get(good.get_absolute_url()).content.decode()
    assert "This is a try: it does not count" in page
    assert "Hand this one in" not in page
    assert "Correct by hand" not in page
    address = reverse("student", args=["asee", "student"])
    for shown, attempt, a_try in (("", 1, 1), ("attempts", 1, 0), ("tries", 0, 1)):
        listed = client.get(address, {"show": shown}).content.decode()
        assert listed.count(">Attempt 1</a>") == attempt, shown
        assert listed.count(">Try 1</a>") == a_try, shown
    book = client.get(reverse("gradebook", args=["asee"])).content.decode()
    assert "attempt 1 of 1" in book


def test_the_attempts_page_shows_or_leaves_out_tries(last_counts: School, student: Client) -> None:
    last_counts.graded()
    tried(last_counts, "defect")
    address = reverse("attempts", args=["asee", "tp1"])
    assert b"Try 1" in student.get(address).content
    without = student.get(address, {"tries": "no"}).content
    assert b"Try 1" not in without
    assert b"With 1 try" in without


def test_a_try_is_compared_with_what_was_sent_before(last_counts: School, student: Client) -> None:
    attempt = last_counts.graded()
    good = tried(last_counts)
    compared = student.get(reverse("compare", args=[good.pk]))
    assert b"From attempt 1 to try 1" in compared.content
    made = press(student, good)
    compared = student.get(reverse("compare", args=[made.pk]))
    assert b"From attempt 1 to attempt 2" in compared.content
    assert attempt.attempt == 1


def test_a_withheld_try_needs_an_instructor_too(last_counts: School, client: Client) -> None:
    failed = waiting_try(last_counts)
    withhold(failed)
    client.force_login(last_counts.instructor)
    page = client.get(reverse("assignment", args=["asee", "tp1"])).content.decode()
    assert ", try 1</a>" in page
    client.post(reverse("mark-again", args=[failed.pk]))
    assert marking_of(failed).state == State.QUEUED
    assert not Mark.objects.exists()
