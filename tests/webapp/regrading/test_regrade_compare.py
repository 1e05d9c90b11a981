"""What would change: per student and criterion, on the whole, sorted and filtered."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import School
from webapp.regrading import averages, comparing
from webapp.regrading.comparing import CriterionChange, Show
from webapp.regrading.models import Regrade, Which
from webapp.rubrics.models import RubricVersion
from webapp.submissions import marks
from webapp.submissions.models import (
    Correction,
    CriterionProgress,
    Marking,
    State,
    Submission,
)

#: By the submission's place in the class: a gain, a small loss, a greater one, nothing, another
#: criterion for the same points.
NEW = ({}, {"tp1.order": 0.0, "tp1.clean": 0.0}, {"tp1.order": 0.0, "tp1.store": 0.0},
       {"tp1.order": 0.0}, {"tp1.store": 0.0})  # fmt: skip


@pytest.fixture
def made(school: School) -> list[Submission]:
    """Everybody lost ``tp1.order`` (3 points)."""
    return classroom.add_class(school, 5, old={"tp1.order": 0.0})


@pytest.fixture
def regrade(school: School, made: list[Submission]) -> Regrade:
    started = classroom.start(school)
    by_submission = {each.pk: parts for each, parts in zip(made, NEW, strict=True)}
    classroom.finish(started, lambda marking: by_submission[marking.submission_id or 0])
    return started


def test_the_greatest_change_comes_first(regrade: Regrade, made: list[Submission]) -> None:
    found = comparing.compare(regrade)
    order = [each.scores.submission for each in found.changes]
    # 3 gained and 3 lost, then 1 lost, then the same points in another place, then nothing.
    assert order == [made[n].pk for n in (0, 2, 1, 4, 3)]
    assert [each.difference for each in found.changes] == [3, -3, -1, 0, 0]


def test_tabs_hold_what_they_say(regrade: Regrade, made: list[Submission]) -> None:
    found = comparing.compare(regrade)
    by_tab = {show: {each.scores.submission for each in found.shown(show)} for show in Show}
    places = lambda *numbers: {made[n].pk for n in numbers}  # noqa: E731
    assert by_tab == {
        Show.CHANGED: places(0, 1, 2, 4),
        Show.GAINED: places(0),
        Show.LOST: places(1, 2),
        Show.UNCHANGED: places(3),
    }


def test_criteria_are_compared_with_verdict_and_points(
    regrade: Regrade, made: list[Submission]
) -> None:
    changes = {each.scores.submission: each.criteria for each in comparing.compare(regrade).changes}
    assert changes[made[0].pk] == (CriterionChange("tp1.order", "fail", 0, "pass", 3),)
    assert changes[made[3].pk] == ()
    assert changes[made[4].pk] == (
        CriterionChange("tp1.store", "pass", 3, "fail", 0),
        CriterionChange("tp1.order", "fail", 0, "pass", 3),
    )


def test_how_many_students_a_criterion_changes_for(regrade: Regrade) -> None:
    lines = {each.criterion: each for each in comparing.compare(regrade).criteria}
    assert {name: (each.gain, each.lose) for name, each in lines.items()} == {
        "tp1.order": (2, 0), "tp1.store": (0, 2), "tp1.clean": (0, 1),
    }  # fmt: skip


def test_a_student_with_many_attempts_counts_once(school: School) -> None:
    classroom.add_class(school, 2, attempts=5, old={"tp1.order": 0.0})
    started = classroom.start(school, Which.ALL)
    classroom.finish(started)
    (line,) = comparing.compare(started).criteria
    assert (line.criterion, line.gain) == ("tp1.order", 2)


def test_means_before_and_after(school: School, regrade: Regrade) -> None:
    means = comparing.compare(regrade).means
    assert means is not None
    assert (means.number, means.before, means.after) == (5, 17, 16.8)
    assert means.shift == pytest.approx(-0.2)
    assert averages.means_of([regrade], school.assignment)[regrade.pk] == means


def test_only_finished_ones_are_compared(school: School, made: list[Submission]) -> None:
    started = classroom.start(school)
    assert comparing.compare(started).changes == ()
    assert comparing.compare(started).means is None
    first = Marking.objects.filter(regrade_item__regrade=started).order_by("pk")[:1]
    classroom.write_results(list(first), lambda marking: {})
    found = comparing.compare(started)
    assert [each.scores.submission for each in found.changes] == [made[0].pk]
    assert found.means == averages.Means(1, 17, 20)


def test_a_withheld_mark_is_gained_and_not_in_the_means(
    school: School, made: list[Submission]
) -> None:
    shown = Marking.objects.get(submission=made[0])
    Marking.objects.filter(pk=shown.pk).update(state=State.ERROR, score=None)
    CriterionProgress.objects.filter(marking=shown, criterion="tp1.order").update(verdict="error")
    marks.settle(Submission.objects.get(pk=made[0].pk))
    started = classroom.start(school)
    classroom.finish(started, lambda marking: {"tp1.order": 0.0})
    found = comparing.compare(started)
    (gained,) = found.shown(Show.GAINED)
    assert (gained.scores.old_score, gained.scores.new_score) == (None, 17)
    assert found.means == averages.Means(4, 17, 17)
    assert averages.means_of([started], school.assignment)[started.pk] == found.means


def test_points_by_hand_hold_and_are_marked_so(
    school: School, regrade: Regrade, made: list[Submission], client: Client
) -> None:
    Correction.objects.create(
        submission=made[0], criterion="tp1.order", kind="points", points=2, reason="seen",
        author=school.instructor, created_at=timezone.now(),
    )  # fmt: skip
    marks.settle(Submission.objects.get(pk=made[0].pk))
    found = comparing.compare(regrade)
    change = next(each for each in found.changes if each.scores.submission == made[0].pk)
    assert (change.scores.old_score, change.scores.new_score) == (19, 19)
    assert change.criteria == (CriterionChange("tp1.order", "fail", 0, "pass", 3, by_hand=True),)
    line = next(each for each in found.criteria if each.criterion == "tp1.order")
    assert (line.gain, line.by_hand) == (1, 1)
    client.force_login(school.instructor)
    assert "points by hand hold</span>" in client.get(regrade.get_absolute_url()).content.decode()


def test_a_rubric_with_other_criteria(school: School, made: list[Submission]) -> None:
    """Version 2 has one criterion less and one that is new."""
    version = classroom.second_version(school)
    text = re.sub(r"id: tp1\.clean\b", "id: tp1.tidy", version.text)
    assert text != version.text
    RubricVersion.objects.filter(pk=version.pk).update(text=text)
    started = classroom.start(school, rubric=RubricVersion.objects.get(pk=version.pk))
    classroom.finish(started, lambda marking: {"tp1.order": 0.0})
    CriterionProgress.objects.filter(
        marking__regrade_item__regrade=started, criterion="tp1.clean"
    ).update(criterion="tp1.tidy")
    found = comparing.compare(started)
    assert set(found.changes[0].criteria) == {
        CriterionChange("tp1.tidy", "", 0, "pass", 1),
        CriterionChange("tp1.clean", "pass", 1, "", 0),
    }
    names = comparing.titles(started, "en")
    assert names["tp1.clean"] == names["tp1.tidy"] == "The kernel has nothing to report"


@pytest.mark.parametrize("applied", [False, True])
def test_queries_do_not_grow_with_the_class(school: School, client: Client, applied: bool) -> None:
    client.force_login(school.instructor)
    counts = []
    for size in (2, 60):
        classroom.add_class(school, size, old={"tp1.order": 0.0})
        started = classroom.start(school, note=f"{size}")
        classroom.finish(started, classroom.every_third_loses_order)
        if applied:
            client.post(
                reverse("regrade-apply", args=["asee", "tp1", started.pk]), {"scope": "finished"}
            )
        Correction.objects.create(
            submission=started.items.order_by("-pk")[0].submission, criterion="tp1.build", points=1,
            kind="points", reason="x", author=school.instructor, created_at=timezone.now(),
        )  # fmt: skip
        used = []
        for name in ("regrade", "regrade-live", "regrade-csv"):
            address = reverse(name, args=["asee", "tp1", started.pk])
            client.get(address)
            with CaptureQueriesContext(connection) as found:
                response = client.get(address)
                assert response.status_code == 200
                b"".join(response)
            used.append(len(found))
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("regrade-new", args=["asee", "tp1"]))
        counts.append([*used, len(found)])
    assert counts[0] == counts[1]


def test_the_list_of_regrades(school: School, regrade: Regrade, client: Client) -> None:
    client.force_login(school.instructor)
    Correction.objects.create(
        submission=regrade.items.all()[0].submission, criterion="tp1.order", points=2,
        kind="points", reason="x", author=school.instructor, created_at=timezone.now(),
    )  # fmt: skip
    means = comparing.compare(regrade).means
    listed = averages.means_of([regrade], school.assignment)[regrade.pk]
    assert means is not None
    assert listed is not None
    assert (listed.number, listed.shift) == (means.number, pytest.approx(means.shift))
    html = client.get(reverse("regrades", args=["asee", "tp1"])).content.decode()
    assert "check order was too strict" in html
    assert "5/5" in html
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("regrades", args=["asee", "tp1"]))
    classroom.add_class(school, 40)
    for n in range(3):
        classroom.finish(classroom.start(school, note=f"again {n}"))
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("regrades", args=["asee", "tp1"]))
    # The corrected submission is worked out for each of the regrades that it is in.
    assert len(many) <= len(few) + 3 * 8


def test_changes_are_shown_page_by_page(school: School, client: Client) -> None:
    client.force_login(school.instructor)
    classroom.add_class(school, 60, old={"tp1.order": 0.0})
    started = classroom.start(school)
    classroom.finish(started)
    html = client.get(started.get_absolute_url()).content.decode()
    assert html.count('name="item"') == 50
    assert "Page 1 of 2" in html
    html = client.get(started.get_absolute_url() + "?show=gained&page=2").content.decode()
    assert html.count('name="item"') == 10
    html = client.get(started.get_absolute_url() + "?show=lost").content.decode()
    assert html.count('name="item"') == 0
    # Nonsense in the address is the first page, not an error.
    assert client.get(started.get_absolute_url() + "?show=x&page=-3").status_code == 200


def test_the_live_part_is_quiet_until_something_changes(school: School, client: Client) -> None:
    client.force_login(school.instructor)
    classroom.add_class(school, 3)
    started = classroom.start(school)
    html = client.get(started.get_absolute_url()).content.decode()
    found = re.search(r'hx-get="([^"]+)"', html)
    assert found
    poll = found[1].replace("&amp;", "&")
    assert client.get(poll).status_code == 204
    one = Marking.objects.filter(regrade_item__regrade=started).order_by("pk")[:1]
    classroom.write_results(list(one), lambda marking: {})
    part = client.get(poll).content.decode()
    assert "<b>1</b> of 3 done" in " ".join(part.split())
    assert "Show 1 new result" in part
    assert "About 24 s to go" in part
    classroom.finish(started)
    done = client.get(poll).content.decode()
    assert "All are marked" in done
    assert "hx-get" not in done


def test_a_regrade_of_another_tp_is_not_there(
    school: School, regrade: Regrade, client: Client
) -> None:
    client.force_login(school.instructor)
    school.assignment.pk = None
    school.assignment.tp = "tp2"
    school.assignment.save()
    for name in ("regrade", "regrade-csv", "regrade-live"):
        assert client.get(reverse(name, args=["asee", "tp2", regrade.pk])).status_code == 404
    pause = reverse("regrade-pause", args=["asee", "tp2", regrade.pk])
    assert client.post(pause).status_code == 404
