"""Many submissions settled at once are worth what each would be alone."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import School
from webapp.courses.models import Extension
from webapp.submissions import claims, marks
from webapp.submissions.models import (
    Correction,
    CorrectionKind,
    CriterionProgress,
    Mark,
    Marking,
    Standing,
    State,
    Submission,
)
from webapp.submissions.settling import settle_many

COLUMNS = (
    "submission", "marking", "engine_score", "corrected_score", "late_days", "late_points", "score",
    "max_score",
)  # fmt: skip


def stored() -> tuple[list[object], list[object]]:
    return (
        list(Mark.objects.order_by("submission").values_list(*COLUMNS)),
        list(
            Standing.objects.order_by("student").values_list(
                "student", "assignment", "attempts", "last", "best"
            )
        ),
    )


def varied_class(school: School) -> list[Submission]:
    """Late ones, extended ones, corrected ones, withheld ones, one without any mark."""
    submissions = classroom.add_class(school, 8, attempts=3, old={"tp1.order": 0.5})
    school.assignment.late_points_per_day = 1.5
    school.assignment.late_days = 5
    school.assignment.save()
    due = school.assignment.due_at
    for days, submission in enumerate(submissions[:12]):
        late = due + dt.timedelta(days=days - 4, hours=1)
        Submission.objects.filter(pk=submission.pk).update(created_at=late)
    Extension.objects.create(
        student=submissions[9].student, assignment=school.assignment, author=school.instructor,
        due_at=due + dt.timedelta(days=3), reason="ill", created_at=due,
    )  # fmt: skip
    shown = {each.submission_id: each for each in Marking.objects.filter(is_shown=True)}
    for n, (kind, criterion) in enumerate(
        [("points", "tp1.order"), ("annulled", "tp1.order"), ("points", "tp1.build")]
    ):
        Correction.objects.create(
            submission=submissions[n * 4], criterion=criterion, kind=kind, points=0.25,
            marking=shown[submissions[n * 4].pk] if kind == CorrectionKind.ANNULLED else None,
            reason="seen by hand", author=school.instructor, created_at=due,
        )  # fmt: skip
    withheld = shown[submissions[5].pk]
    Marking.objects.filter(pk=withheld.pk).update(state=State.ERROR, score=None)
    CriterionProgress.objects.filter(marking=withheld, criterion="tp1.order").update(
        verdict="error", points=0
    )
    Marking.objects.filter(pk=shown[submissions[6].pk].pk).update(state=State.QUEUED)
    # Equal scores of one student: the later attempt is the best.
    return [Submission.objects.get(pk=each.pk) for each in submissions]


def test_settling_at_once_and_one_by_one_are_the_same(school: School) -> None:
    submissions = varied_class(school)
    for submission in submissions:
        marks.settle(submission)
    alone = stored()
    Standing.objects.all().delete()
    Mark.objects.update(score=-1, late_points=9, engine_score=None)
    settle_many(school.assignment, [each.pk for each in submissions])
    at_once = stored()
    assert at_once == alone
    assert len({row[6] for row in at_once[0]}) > 5  # the class is varied indeed


def test_queries_do_not_grow_with_the_class(school: School) -> None:
    def queries(submissions: list[Submission]) -> int:
        with CaptureQueriesContext(connection) as found:
            settle_many(school.assignment, [each.pk for each in submissions])
        return len(found)

    assert queries(classroom.add_class(school, 2)) == queries(classroom.add_class(school, 40, 2))


def test_a_worker_lost_in_the_middle_gives_no_partial_mark(school: School) -> None:
    """Progress of a marking that never ended is not a mark."""
    submission = school.submit()
    marking = Marking.objects.get(submission=submission)
    for position, (criterion, verdict) in enumerate((("tp1.build", "pass"), ("tp1.load", ""))):
        CriterionProgress.objects.create(
            marking=marking, position=position, criterion=criterion, verdict=verdict, points=1,
            max_points=1,
        )  # fmt: skip
    now = timezone.now()
    Marking.objects.update(
        state=State.RUNNING, owner="w", failures=4, lease_until=now - dt.timedelta(seconds=1)
    )
    assert claims.release_expired(now) == 1
    assert Marking.objects.get().state == State.ERROR
    assert Mark.objects.get().score is None
