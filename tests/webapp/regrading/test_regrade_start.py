"""Choosing what is marked again, being told how much it is, and starting it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import MODULE, School, finish, marking_of
from webapp.audit.models import Action, AuditEntry
from webapp.courses.models import Assignment, Enrolment
from webapp.regrading import choosing
from webapp.regrading.choosing import Choice
from webapp.regrading.models import Regrade, RegradeItem, Which
from webapp.rubrics.models import RubricVersion
from webapp.submissions.estimates import marking_seconds
from webapp.submissions.models import Marking, Priority, State, Submission


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


def address(school: School, name: str = "regrade-new") -> str:
    return reverse(name, args=[school.course.slug, school.assignment.tp])


def filled(school: School, **changes: str) -> dict[str, str]:
    current = RubricVersion.objects.get(assignment=school.assignment, is_current=True)
    return {"which": "latest", "rubric": str(current.pk), "note": "too strict", **changes}


def taken(choice: Choice) -> set[int]:
    return set(choosing.submissions(choice).values_list("pk", flat=True))


def test_latest_best_all_and_chosen(school: School) -> None:
    first, second = school.graded("perfect"), school.graded("defect", MODULE + b"// 2\n")
    waiting = school.submit(student=school.fellow)
    choice = lambda which, **more: Choice(school.assignment, which, **more)  # noqa: E731
    assert taken(choice(Which.LATEST)) == {second.pk, waiting.pk}
    # The fellow has no mark yet, so nothing is best: the latest needs marking.
    assert taken(choice(Which.BEST)) == {first.pk, waiting.pk}
    assert taken(choice(Which.ALL)) == {first.pk, second.pk, waiting.pk}
    assert taken(choice(Which.CHOSEN, chosen=(first.pk,))) == {first.pk}


def test_a_group_and_who_has_left(school: School) -> None:
    mine, other = school.graded(), school.submit(student=school.fellow)
    Enrolment.objects.filter(user=school.fellow).update(group="G2")
    choice = Choice(school.assignment, Which.LATEST)
    assert taken(Choice(school.assignment, Which.LATEST, group="G2")) == {other.pk}
    Enrolment.objects.filter(user=school.fellow).delete()
    assert taken(choice) == {mine.pk}
    assert taken(Choice(school.assignment, Which.CHOSEN, chosen=(other.pk,))) == {other.pk}


def test_another_tp_s_submissions_cannot_be_chosen(school: School, teacher: Client) -> None:
    own = school.graded()
    now = timezone.now()
    other = Assignment.objects.create(
        course=school.course, tp="tp2", title="TP2", opens_at=now, due_at=now + dt.timedelta(days=1)
    )
    page = teacher.post(
        reverse("regrade-start", args=["asee", other.tp]),
        filled(school, which="chosen", chosen=str(own.pk)),
    )
    assert page.status_code == 422
    assert not Regrade.objects.exists()


def test_before_it_is_confirmed_nothing_is_stored(school: School, teacher: Client) -> None:
    for kind in ("perfect", "defect"):
        school.graded(kind, MODULE + kind.join(("//", "\n")).encode())
    school.submit(student=school.fellow)  # fresh, waits
    now = timezone.now()
    Marking.objects.filter(state=State.GRADED).update(
        started_at=now - dt.timedelta(seconds=30), finished_at=now
    )
    before = Marking.objects.count()
    page = teacher.post(address(school), filled(school, which="all", go="1"))
    html = " ".join(page.content.decode().split())
    assert "3 submissions of 2 students" in html
    assert "about 90 s with one worker (30 s each" in html
    assert "1 fresh submission waits and is marked first" in html
    assert "1 of them has no mark yet" in html
    assert "too strict" in html
    assert (Marking.objects.count(), Regrade.objects.count()) == (before, 0)
    assert not AuditEntry.objects.exists()


def test_without_history_the_time_is_unknown(school: School, teacher: Client) -> None:
    school.submit()
    page = teacher.post(address(school), filled(school, go="1"))
    assert "Unknown: nothing of this TP has been marked yet" in page.content.decode()


def test_the_median_is_not_moved_by_one_slow_marking(school: School) -> None:
    submissions = classroom.add_class(school, 5)
    now = timezone.now()
    slow = Marking.objects.get(submission=submissions[0])
    Marking.objects.filter(pk=slow.pk).update(started_at=now - dt.timedelta(hours=2))
    assert marking_seconds(school.assignment) == pytest.approx(12)


def test_starting_queues_hidden_markings_behind_everything(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    shown = marking_of(submission)
    version = classroom.second_version(school)
    answer = teacher.post(
        address(school, "regrade-start"), filled(school, rubric=str(version.pk), group="")
    )
    regrade = Regrade.objects.get()
    assert answer["Location"] == regrade.get_absolute_url()
    item = RegradeItem.objects.get()
    assert (item.submission, item.old, item.applied_at) == (submission, shown, None)
    new = item.new
    assert (new.rubric, new.priority, new.is_shown, new.state, new.sent_at) == (
        version, Priority.REGRADE, False, State.QUEUED, None,
    )  # fmt: skip
    assert marking_of(submission) == shown
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.reason) == (
        Action.REGRADE_STARTED, school.instructor, "too strict",
    )  # fmt: skip
    assert entry.detail == {
        "rubric": 2, "which": "latest", "group": "", "submissions": 1, "afresh": False
    }  # fmt: skip


def test_a_double_click_starts_one_regrade(school: School, teacher: Client) -> None:
    school.graded()
    for _ in range(2):
        teacher.post(address(school, "regrade-start"), filled(school))
    assert Regrade.objects.count() == 1
    teacher.post(address(school, "regrade-start"), filled(school, note="for another reason"))
    assert Regrade.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"note": ""}, "This field is required"),
        ({"note": "x" * 301}, "at most 300 characters"),
        ({"rubric": "999999"}, "Select a valid choice"),
        ({"group": "nobody's"}, "Select a valid choice"),
        ({"which": "chosen"}, "Tick at least one submission"),
        ({"which": "chosen", "chosen": "0,x,-3,99999999"}, "Tick at least one submission"),
        ({"which": "chosen", "chosen": "9" * 30 + "," + "9" * 5000}, "Tick at least one"),
        ({"which": "everything"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    school: School, teacher: Client, changes: dict[str, str], says: str
) -> None:
    school.graded()
    sent = filled(school, **{"note": "a long story", **changes})
    for name, extra in (("regrade-new", {"go": "1"}), ("regrade-start", {})):
        page = teacher.post(address(school, name), sent | extra)
        assert page.status_code == 422
        html = page.content.decode()
        assert says in html
        assert f'value="{sent["note"]}"' in html or not sent["note"]
    assert not Regrade.objects.exists()


def test_nobody_handed_in(school: School, teacher: Client) -> None:
    page = teacher.post(address(school), filled(school, go="1"))
    assert page.status_code == 422
    assert "Nobody of these has handed anything in" in page.content.decode()


def test_a_rubric_that_cannot_be_read_any_more_is_refused(school: School, teacher: Client) -> None:
    school.graded()
    version = classroom.second_version(school)
    RubricVersion.objects.filter(pk=version.pk).update(text="schema: of-another-age")
    page = teacher.post(address(school), filled(school, rubric=str(version.pk), go="1"))
    assert page.status_code == 422
    assert "cannot be read" in page.content.decode()


def test_unpublished_versions_are_offered_and_named_so(school: School, teacher: Client) -> None:
    classroom.second_version(school)
    html = teacher.get(address(school)).content.decode()
    assert "version 1, in use" in html
    assert "version 2, not published: milder" in html
    assert html.index("version 2") < html.index("version 1")
    assert "selected>version 1, in use" in html.replace("\n", "")


def test_submissions_named_in_the_address_are_ticked(school: School, teacher: Client) -> None:
    made = classroom.add_class(school, 3)
    html = teacher.get(
        address(school), {"submission": [str(made[0].pk), str(made[2].pk), "77777"]}
    ).content.decode()
    assert f'name="chosen" value="{made[0].pk},{made[2].pk}"' in html
    ticked = re.findall(r'name="submission" value="(\d+)" checked', html)
    assert {int(each) for each in ticked} == {made[0].pk, made[2].pk}
    assert "2 are ticked" in html
    assert '<input type="radio" name="which" value="chosen"' in html
    radio = html[html.index('value="chosen"') :]
    assert "checked" in radio[: radio.index(">")]


def test_ticks_survive_searching_and_turning_pages(school: School, teacher: Client) -> None:
    made = classroom.add_class(school, 120)
    first, last = made[0], made[-1]
    listed = ",".join(str(each.pk) for each in made[:50])
    page = teacher.post(
        address(school),
        {"submission": [str(first.pk), str(made[1].pk)], "listed": listed, "chosen": "",
         "page": "3", "note": "half typed"},
    ).content.decode()  # fmt: skip
    assert f'name="chosen" value="{first.pk},{made[1].pk}"' in page
    assert "2 of them on other pages" in page
    assert "Page 3 of 3" in page
    assert 'value="half typed"' in page
    # Unticked on its own page, and another one ticked that a search found.
    page = teacher.post(
        address(school),
        {"submission": [str(first.pk)], "listed": listed, "chosen": f"{first.pk},{made[1].pk}",
         "search": "1", "words": f"{last.student.last_name} first"},
    ).content.decode()  # fmt: skip
    assert f'name="chosen" value="{first.pk}"' in page
    assert "1 submission found." in page
    answer = teacher.post(
        address(school, "regrade-start"),
        filled(school, which="chosen", chosen=f"{first.pk},{last.pk}"),
    )
    assert answer.status_code == 302
    assert set(RegradeItem.objects.values_list("submission", flat=True)) == {first.pk, last.pk}


def test_the_confirmation_takes_what_is_ticked_on_any_page(school: School, teacher: Client) -> None:
    made = classroom.add_class(school, 60)
    page = teacher.post(
        address(school),
        filled(school, which="chosen", chosen=str(made[0].pk), listed=str(made[55].pk), go="1")
        | {"submission": str(made[55].pk)},
    ).content.decode()
    assert "2 submissions" in page
    assert f'name="chosen" value="{made[0].pk},{made[55].pk}"' in page


def test_names_of_students_are_text(school: School, teacher: Client) -> None:
    (made,) = classroom.add_class(school, 1)
    made.student.first_name = "<b>\u202eeve</b>"
    made.student.save()
    html = teacher.get(address(school)).content.decode()
    assert "&lt;b&gt;" in html
    assert "\u202e" not in html


def test_a_batch_of_many_is_stored_whole(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.regrading.starting.BATCH", 7)
    made = classroom.add_class(school, 10, attempts=3)
    regrade = classroom.start(school)
    items = RegradeItem.objects.filter(regrade=regrade).select_related("old", "new")
    assert {each.submission_id for each in items} == {each.pk for each in made}
    assert all(each.old.submission_id == each.submission_id for each in items)
    assert all(each.new.submission_id == each.submission_id for each in items)


def test_a_regrade_of_an_unmarked_submission_waits_for_its_first_mark(school: School) -> None:
    submission = school.submit()
    classroom.start(school)
    assert marking_of(submission).state == State.QUEUED
    finish(submission)
    assert Submission.objects.get().mark.score == 20


def test_too_many_ticked_are_refused(
    school: School, teacher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.regrading.forms.MOST_TICKED", 2)
    made = classroom.add_class(school, 3)
    chosen = ",".join(str(each.pk) for each in made)
    page = teacher.post(
        address(school, "regrade-start"), filled(school, which="chosen", chosen=chosen)
    )
    assert page.status_code == 422
    assert "More than 2 are ticked" in page.content.decode()
