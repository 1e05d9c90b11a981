"""Dates and the late policy for a whole class at once: the same as one submission after another."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.webapp.support.fixtures import School
from webapp.accounts.models import User
from webapp.courses.models import Enrolment, Extension
from webapp.submissions import marks, settling
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

POINTS = (0.0, 0.1, 0.2, 0.3, 1.0, 1.5, 3.0)
STATES = (State.GRADED, State.GRADED, State.GRADED, State.ERROR, State.QUEUED)


def fill_class(school: School, students: int, seed: int) -> None:
    """Attempts around the due date, of every state, some corrected, some students extended."""
    rng = random.Random(seed)
    given = school.assignment
    for n in range(students):
        student = User.objects.create(username=f"s{n}")
        Enrolment.objects.create(user=student, course=school.course)
        if rng.random() < 0.3:
            extend(school, student, rng.randint(-3, 9))
        for attempt in range(1, rng.randint(1, 4) + 1):
            off = rng.choice((1, 24)) * dt.timedelta(hours=rng.randint(-3, 9))
            submission = Submission.objects.create(
                student=student, assignment=given, attempt=attempt, sha256="0", seed=1,
                created_at=given.due_at + off,
            )  # fmt: skip
            state = rng.choice(STATES)
            marking = Marking.objects.create(
                submission=submission, rubric=given.rubric_versions.get(), state=state,
                queued_at=submission.created_at, is_shown=True, score=1, max_score=20,
            )  # fmt: skip
            if state != State.QUEUED:
                CriterionProgress.objects.bulk_create(
                    CriterionProgress(
                        marking=marking, position=k, criterion=f"tp1.c{k}", max_points=3.0,
                        points=rng.choice(POINTS),
                        verdict="error" if state == State.ERROR and k == 0 else "pass",
                    )
                    for k in range(3)
                )  # fmt: skip
            if rng.random() < 0.3:
                Correction.objects.create(
                    submission=submission, criterion="tp1.c0", kind=CorrectionKind.POINTS,
                    points=rng.choice(POINTS), reason="seen by hand", author=school.instructor,
                    created_at=submission.created_at,
                )  # fmt: skip
            marks.settle(submission)


def extend(school: School, student: User, days: int) -> None:
    Extension.objects.create(
        student=student, assignment=school.assignment, reason="ill", author=school.instructor,
        due_at=school.assignment.due_at + dt.timedelta(days=days), created_at=timezone.now(),
    )  # fmt: skip


def written() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    return (
        list(
            Mark.objects.order_by("pk").values_list(
                "submission", "marking", "engine_score", "corrected_score", "late_days",
                "late_points", "score", "max_score",
            )
        ),
        list(
            Standing.objects.order_by("student", "assignment").values_list(
                "student", "assignment", "attempts", "last", "best"
            )
        ),
    )  # fmt: skip


def one_by_one(school: School) -> None:
    for submission in Submission.objects.filter(assignment=school.assignment):
        marks.settle(submission)


def due(school: School, days: float) -> None:
    school.assignment.due_at += dt.timedelta(days=days)


def costs(school: School, points: float) -> None:
    school.assignment.late_points_per_day = points


CHANGES: dict[str, Callable[[School], None]] = {
    "nothing": lambda school: None,
    "due earlier": lambda school: due(school, -2.4),
    "due later": lambda school: due(school, 3),
    "late days cost": lambda school: costs(school, 0.7),
    "late days cost all": lambda school: costs(school, 100),
    "both": lambda school: (due(school, -1), costs(school, 1.1))[0],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_class_at_once_is_one_after_another(school: School, change: str, seed: int) -> None:
    costs(school, 0.3)
    school.assignment.save()
    fill_class(school, 8, seed)
    before = written()

    CHANGES[change](school)
    school.assignment.save()
    settling.settle_dates(school.assignment)

    at_once = written()
    one_by_one(school)
    assert at_once == written()
    assert (at_once == before) is (change == "nothing")


def test_one_students_extension_is_settled_alone(school: School) -> None:
    costs(school, 0.5)
    school.assignment.save()
    fill_class(school, 4, 3)
    due(school, -2)
    school.assignment.save()
    before = Mark.objects.exclude(submission__student__username="s1").order_by("pk")
    others = list(before.values_list("late_days", "score"))
    student = User.objects.get(username="s1")
    Extension.objects.filter(student=student).delete()
    extend(school, student, 1)

    settling.settle_dates(school.assignment, student)

    assert list(before.all().values_list("late_days", "score")) == others
    own = list(Mark.objects.filter(submission__student=student).order_by("pk").values())
    for submission in Submission.objects.filter(student=student):
        marks.settle(submission)
    assert own == list(Mark.objects.filter(submission__student=student).order_by("pk").values())


def test_lost_rows_of_standings_come_back(school: School) -> None:
    fill_class(school, 3, 4)
    before = written()[1]
    Standing.objects.all().delete()
    settling.settle_dates(school.assignment)
    assert written()[1] == before


def test_queries_do_not_grow_with_the_class(school: School) -> None:
    fill_class(school, 2, 5)
    few = queries_of_a_new_policy(school, 0.25)
    for user in User.objects.filter(username__startswith="s"):
        user.username = f"first-{user.username}"
        user.save()
    fill_class(school, 10, 6)
    assert queries_of_a_new_policy(school, 0.5) <= few + 30


def queries_of_a_new_policy(school: School, points: float) -> int:
    costs(school, points)
    school.assignment.save()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        settling.settle_dates(school.assignment)
    return len(queries)
