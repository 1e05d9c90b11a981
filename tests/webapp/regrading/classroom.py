"""Classes of any size whose markings are finished, and regrades of them, without an engine.

Rows are written in bulk; ``test_classroom.py`` checks that they are what ``claims`` writes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from django.db.models import Max
from django.utils import timezone

from grader.rubric import load_rubric
from tests.webapp.support.fixtures import School
from webapp.accounts.models import User
from webapp.courses.models import Enrolment
from webapp.regrading import starting
from webapp.regrading.choosing import Choice
from webapp.regrading.models import Regrade, Which
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.versions import current_version, store_version
from webapp.submissions.models import CriterionProgress, Marking, State, Submission
from webapp.submissions.settling import settle_many

CRITERIA = load_rubric("tp1").criteria

#: Criterion -> the part of its points that it gets; full marks where nothing is said.
Parts = Mapping[str, float]


def second_version(school: School) -> RubricVersion:
    """Version 2, with the same criteria, stored and not published."""
    text = current_version(school.assignment).text
    return store_version(school.assignment, text, timezone.now(), school.instructor, "milder")


def add_class(
    school: School, students: int, attempts: int = 1, old: Parts | None = None, group: str = ""
) -> list[Submission]:
    """Students with as many graded attempts each."""
    first = (User.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    users = User.objects.bulk_create(
        User(username=f"s{n:05}", first_name=f"First{n}", last_name=f"Last{n:05}", password="!")
        for n in range(first, first + students)
    )
    Enrolment.objects.bulk_create(
        Enrolment(user=user, course=school.course, group=group) for user in users
    )
    now = timezone.now()
    submissions = Submission.objects.bulk_create(
        Submission(
            student=user, assignment=school.assignment, attempt=attempt, sha256="0" * 64,
            seed=user.pk * 100 + attempt, created_at=now,
        )
        for user in users
        for attempt in range(1, attempts + 1)
    )  # fmt: skip
    rubric = current_version(school.assignment)
    markings = Marking.objects.bulk_create(
        Marking(submission=each, rubric=rubric, queued_at=now, is_shown=True)
        for each in submissions
    )
    write_results(markings, lambda marking: old or {})
    settle_many(school.assignment, [each.pk for each in submissions])
    return submissions


def write_results(markings: Iterable[Marking], parts: Callable[[Marking], Parts]) -> None:
    """Finish them as a worker does."""
    now = timezone.now()
    rows = []
    done = []
    for marking in markings:
        own = parts(marking)
        points = [own.get(each.id, 1.0) * each.points for each in CRITERIA]
        marking.state = State.GRADED
        marking.score = sum(points)
        marking.max_score = sum(each.points for each in CRITERIA)
        marking.started_at, marking.finished_at = now - dt.timedelta(seconds=12), now
        done.append(marking)
        rows += [
            CriterionProgress(
                marking=marking, position=n, criterion=each.id,
                verdict="pass" if got == each.points else "fail",
                points=got, max_points=each.points,
            )
            for n, (each, got) in enumerate(zip(CRITERIA, points, strict=True))
        ]  # fmt: skip
    Marking.objects.bulk_update(
        done, ["state", "score", "max_score", "started_at", "finished_at"], batch_size=150
    )
    CriterionProgress.objects.bulk_create(rows)


def start(
    school: School,
    which: Which = Which.ALL,
    rubric: RubricVersion | None = None,
    note: str = "check order was too strict",
    **choice: object,
) -> Regrade:
    return starting.start(
        Choice(school.assignment, which, **choice),  # type: ignore[arg-type]
        rubric or current_version(school.assignment),
        note,
        school.instructor,
        timezone.now(),
    )


def finish(regrade: Regrade, parts: Callable[[Marking], Parts] | None = None) -> None:
    """All markings of a regrade that wait."""
    waiting = Marking.objects.filter(regrade_item__regrade=regrade, state=State.QUEUED)
    write_results(waiting.order_by("pk"), parts or (lambda marking: {}))


def every_third_loses_order(marking: Marking) -> Parts:
    return {"tp1.order": 0.0} if (marking.submission_id or 0) % 3 == 0 else {}
