"""What is promised is what comes: the previewed marks equal those settled after applying."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.regrading import classroom
from tests.webapp.regrading.classroom import CRITERIA
from tests.webapp.support.fixtures import School
from webapp.courses.models import Assignment
from webapp.regrading import applying, averages, comparing, history, scoring
from webapp.regrading.applying import Scope
from webapp.submissions import marks
from webapp.submissions.models import (
    Correction,
    CriterionProgress,
    Mark,
    Marking,
    Standing,
    State,
    Submission,
)

IDS = [each.id for each in CRITERIA]
PARTS = st.dictionaries(
    st.sampled_from(IDS), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7]), max_size=4
)
HAND = st.one_of(
    st.none(),
    st.tuples(
        st.sampled_from(["points", "annulled"]),
        st.sampled_from(IDS),
        st.sampled_from([0.0, 0.2, 1.0, 7.5]),
    ),
)
ONE = st.fixed_dictionaries(
    {
        "old": PARTS,
        "new": PARTS,
        "by_hand": HAND,
        "days_late": st.integers(-1, 3),
        "withheld": st.booleans(),
    }
)
Case = dict  # type: ignore[type-arg]


def prepare(school: School, cases: list[Case], per_day: float) -> list[Submission]:
    Assignment.objects.filter(pk=school.assignment.pk).update(
        late_days=5, late_points_per_day=per_day
    )
    school.assignment.refresh_from_db()
    made = classroom.add_class(school, (len(cases) + 1) // 2, attempts=2)[: len(cases)]
    for submission, case in zip(made, cases, strict=True):
        at = school.assignment.due_at + dt.timedelta(days=case["days_late"], hours=-2)
        Submission.objects.filter(pk=submission.pk).update(created_at=at)
        marking = Marking.objects.get(submission=submission)
        marking.progress.all().delete()
        classroom.write_results([marking], lambda _, case=case: case["old"])
        if case["withheld"]:
            Marking.objects.filter(pk=marking.pk).update(state=State.ERROR, score=None)
            CriterionProgress.objects.filter(marking=marking, criterion=IDS[3]).update(
                verdict="error", points=0
            )
        if case["by_hand"]:
            kind, criterion, points = case["by_hand"]
            Correction.objects.create(
                submission=submission, criterion=criterion, kind=kind, points=points,
                marking=marking if kind == "annulled" else None, reason="by hand",
                author=school.instructor, created_at=timezone.now(),
            )  # fmt: skip
    found = [Submission.objects.get(pk=each.pk) for each in made]
    for submission in found:
        marks.settle(submission)
    return found


def scores() -> dict[int, float | None]:
    return dict(Mark.objects.values_list("submission", "score"))


def standings() -> list[tuple[object, ...]]:
    return list(
        Standing.objects.order_by("student").values_list("student", "attempts", "last", "best")
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ONE, min_size=1, max_size=5), st.sampled_from([0.0, 0.5, 1.3, 30.0]))
def test_the_preview_is_what_settling_gives(
    school: School, cases: list[Case], per_day: float
) -> None:
    with transaction.atomic():
        submissions = prepare(school, cases, per_day)
        results = {each.pk: case["new"] for each, case in zip(submissions, cases, strict=True)}
        regrade = classroom.start(school)
        classroom.finish(regrade, lambda marking: results.get(marking.submission_id, {}))
        old, places = scores(), standings()

        promised = {row.submission: row for row in scoring.scored(regrade)}
        assert {pk: row.old_score for pk, row in promised.items()} == old
        means = comparing.compare(regrade).means
        assert_close(averages.means_of([regrade], school.assignment)[regrade.pk], means)

        applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now())
        came = scores(), standings()
        assert {pk: row.new_score for pk, row in promised.items()} == came[0]
        for submission in submissions:
            marks.settle(submission)
        assert (scores(), standings()) == came

        # Afterwards, what was there before is still told rightly, here and to the student.
        told = {row.submission: row for row in scoring.scored(regrade)}
        for pk, row in promised.items():
            assert (told[pk].old_score, told[pk].new_score) == (row.old_score, row.new_score)
        (line,) = history.marked_again(submissions[0], "en")
        assert line.before["score"] == old[submissions[0].pk]
        assert line.after["score"] == came[0][submissions[0].pk]

        applying.undo(regrade, school.instructor, timezone.now())
        assert (scores(), standings()) == (old, places)
        transaction.set_rollback(True)


def assert_close(one: averages.Means | None, other: averages.Means | None) -> None:
    if one is None or other is None:
        assert one == other
        return
    assert one.number == other.number
    assert abs(one.before - other.before) < 1e-9
    assert abs(one.after - other.after) < 1e-9
