"""Equal work is done once, unless it is asked for."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader import events
from grader.errors import PlatformFault
from grader.intake import SourceTree
from grader.report import Report
from tests.webapp.support import reports
from tests.webapp.support.fixtures import MODULE, School, marking_of
from tests.webapp.test_marking import Marker
from webapp.courses.models import Assignment
from webapp.regrading import starting
from webapp.regrading.choosing import Choice
from webapp.regrading.models import Which
from webapp.rubrics.models import RubricVersion
from webapp.submissions import claims, marking
from webapp.submissions.models import CriterionProgress, Mark, Marking, State
from webapp.submissions.work import seed_for

OTHER = MODULE + b"/* another */\n"


def defect(tree: SourceTree, seed: int, on_event: events.Listener) -> Report:
    return reports.report("defect", seed)


def regraded(school: School, *, afresh: bool) -> Marking:
    """A regrade of the student's attempt by the rubric that has marked it."""
    version = RubricVersion.objects.get(assignment=school.assignment, is_current=True)
    choice = Choice(school.assignment, Which.LATEST, "", ())
    regrade = starting.start(
        choice, version, "why", school.instructor, timezone.now(), afresh=afresh
    )
    return regrade.items.get().new


def test_two_students_with_equal_files_are_marked_once(shared_school: School) -> None:
    first, second = shared_school.submit(), shared_school.submit(student=shared_school.fellow)
    marker = Marker(defect)

    assert marking.mark_next(marker) == "graded"

    assert len(marker.asked) == 1
    done, other = marking_of(first), marking_of(second)
    assert (other.state, other.score, other.taken_from) == (State.GRADED, done.score, done)
    assert other.stored_report.document == done.stored_report.document
    rows = CriterionProgress.objects.values_list("criterion", "verdict", "points")
    assert list(rows.filter(marking=other)) == list(rows.filter(marking=done))
    assert Mark.objects.get(submission=second).score == Mark.objects.get(submission=first).score
    assert marking.mark_next(marker) == "idle"


def test_what_was_marked_before_is_taken_over(shared_school: School) -> None:
    shared_school.submit()
    marker = Marker(defect)
    marking.mark_next(marker)
    later = shared_school.submit(student=shared_school.fellow)

    assert marking.mark_next(marker) == "taken over"
    assert marking_of(later).score is not None
    assert len(marker.asked) == 1


def test_the_first_of_a_chain_is_named(shared_school: School) -> None:
    first = shared_school.submit()
    marker = Marker(defect)
    marking.mark_next(marker)
    second = shared_school.submit(student=shared_school.fellow)
    marking.mark_next(marker)
    third = shared_school.submit()
    marking.mark_next(marker)

    origin = marking_of(first)
    assert [marking_of(each).taken_from for each in (second, third)] == [origin, origin]


def test_other_files_another_engine_or_another_rubric_are_other_work(
    shared_school: School,
) -> None:
    shared_school.submit()
    marking.mark_next(Marker(defect))

    shared_school.submit(OTHER, student=shared_school.fellow)
    assert marking.mark_next(Marker(defect)) == "graded"
    shared_school.submit()
    assert marking.mark_next(Marker(defect, engine="engine 2")) == "graded"

    version = RubricVersion.objects.get(assignment=shared_school.assignment, is_current=True)
    version.pk, version.number, version.is_current = None, 2, False
    version._state.adding = True
    version.save()
    Marking.objects.create(
        submission=shared_school.submit(student=shared_school.fellow),
        rubric=version, queued_at=timezone.now(),
    )  # fmt: skip
    results = {marking.mark_next(Marker(defect, engine="engine 2")) for _ in range(2)}
    assert results == {"taken over", "graded"}


def test_an_engine_that_does_not_say_what_it_is_marks_everything(shared_school: School) -> None:
    shared_school.submit()
    marking.mark_next(Marker(defect, engine=""))
    shared_school.submit(student=shared_school.fellow)
    assert marking.mark_next(Marker(defect, engine="")) == "graded"


@pytest.mark.parametrize(("afresh", "became"), [(True, "graded"), (False, "taken over")])
def test_a_regrade_marks_afresh_when_asked(
    shared_school: School, afresh: bool, became: str
) -> None:
    shared_school.submit()
    marking.mark_next(Marker(defect))
    again = regraded(shared_school, afresh=afresh)

    assert marking.mark_next(Marker(defect)) == became
    again.refresh_from_db()
    assert again.state == State.GRADED


def test_the_form_asks_for_it(school: School, client: Client) -> None:
    school.graded()
    client.force_login(school.instructor)
    version = RubricVersion.objects.get(assignment=school.assignment, is_current=True)
    sent = {"which": "latest", "group": "", "rubric": version.pk, "note": "why", "afresh": "on"}

    page = client.post(reverse("regrade-new", args=["asee", "tp1"]), {**sent, "go": "1"})
    assert "marked afresh" in page.content.decode()
    assert 'name="afresh" value="on"' in page.content.decode()


def test_what_equals_a_marking_under_way_is_left(shared_school: School) -> None:
    shared_school.submit()
    twin = shared_school.submit(student=shared_school.fellow)
    now = timezone.now()
    held = claims.claim_next(now)
    assert held is not None

    assert claims.claim_next(now) is None
    other = shared_school.submit(OTHER, student=shared_school.fellow)
    taken = claims.claim_next(now)
    assert taken is not None and taken.marking_id == marking_of(other).pk

    # Its worker fails: now the twin is nobody's.
    claims.fail(held, "broken", now)
    again = claims.claim_next(now)
    assert again is not None and again.marking_id == marking_of(twin).pk


def test_a_fault_is_not_handed_on(shared_school: School) -> None:
    shared_school.submit()
    twin = shared_school.submit(student=shared_school.fellow)

    def fails(tree: SourceTree, seed: int, on_event: events.Listener) -> Report:
        raise PlatformFault("QEMU ended")

    assert marking.mark_next(Marker(fails)) == "failed"
    assert marking_of(twin).state == State.QUEUED
    assert marking.mark_next(Marker(defect)) == "graded"


def test_seeds_are_of_the_source_and_nobody_can_tell_them(
    shared_school: School, settings: object
) -> None:
    first = shared_school.submit()
    second = shared_school.submit(student=shared_school.fellow)
    other = shared_school.submit(OTHER)
    assert first.seed == second.seed != other.seed

    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert shared_school.submit(OTHER, student=shared_school.fellow).seed != other.seed


def test_another_tp_draws_another_seed(shared_school: School) -> None:
    before = shared_school.submit()
    Assignment.objects.filter(pk=shared_school.assignment.pk).update(tp="tp9")
    elsewhere = Assignment.objects.get(pk=shared_school.assignment.pk)
    elsewhere.pk, elsewhere.tp = None, "tp1"
    elsewhere.save(force_insert=True)
    assert seed_for(elsewhere, before.sha256, "") != before.seed


def test_by_setting_each_submission_has_its_own_seed(
    shared_school: School, settings: object
) -> None:
    settings.RINGMARK_SEEDS = "submission"  # type: ignore[attr-defined]
    first = shared_school.submit()
    second = shared_school.submit(student=shared_school.fellow)
    assert first.seed != second.seed
    marker = Marker(defect)
    assert [marking.mark_next(marker) for _ in range(2)] == ["graded", "graded"]


def test_the_page_says_so(school: School, client: Client) -> None:
    submission = school.graded()
    Marking.objects.filter(submission=submission).update(taken_from=marking_of(submission))
    client.force_login(school.student)
    page = client.get(submission.get_absolute_url()).content.decode()
    assert "The same files were marked by this rubric before" in page
