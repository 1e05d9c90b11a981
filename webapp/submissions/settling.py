"""``marks.settle`` for many submissions of a TP in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from django.db.models import F, FloatField, Value
from django.db.models.functions import Least

from webapp.accounts.models import User
from webapp.courses.dates import dates_of_many
from webapp.courses.models import Assignment
from webapp.submissions.marks import Worth, corrected, worth
from webapp.submissions.models import (
    Correction,
    CriterionProgress,
    Mark,
    Marking,
    Standing,
    Submission,
)

T = TypeVar("T")

#: Rows that one query is about; SQLite takes no more than 32,766 parameters (sqlite.org/limits).
AT_ONCE = 500


def settle_many(assignment: Assignment, submission_ids: Collection[int]) -> None:
    """As :func:`marks.settle` for each of them, all of this TP; about a dozen queries per
    ``AT_ONCE``. Call it in the transaction that changes what they are worth.
    """
    for part in slices(sorted(submission_ids), AT_ONCE):
        shown = list(
            Marking.objects.filter(submission__in=part, submission__is_try=False, is_shown=True)
        )
        values = worths(assignment, shown)
        Mark.objects.bulk_create(
            [
                Mark(submission_id=each.submission_id, marking=each, **values[each.pk])
                for each in shown
            ],
            update_conflicts=True,
            unique_fields=["submission"],
            update_fields=["marking", *_WORTH],
        )
        counting = Submission.objects.filter(pk__in=part, is_try=False)
        students = counting.order_by().values("student")
        stand_many(assignment, set(students.values_list("student", flat=True)))


_WORTH = ("engine_score", "corrected_score", "late_days", "late_points", "score", "max_score")


def worths(assignment: Assignment, markings: Sequence[Marking]) -> dict[int, Worth]:
    """What their submissions are worth if these markings count, by the markings' ids."""
    ids = [each.submission_id for each in markings]
    submissions = Submission.objects.filter(pk__in=ids).only("pk", "student_id", "created_at")
    by_id = {each.pk: each for each in submissions}
    dates = dates_of_many(assignment, {each.student_id for each in by_id.values()})
    rows = grouped(
        CriterionProgress.objects.filter(marking__in=[each.pk for each in markings]), "marking_id"
    )
    corrections = grouped(
        Correction.objects.filter(submission__in=ids, withdrawn_at=None), "submission_id"
    )
    found = {}
    for marking in markings:
        submission = by_id[marking.submission_id]
        due = dates.get(submission.student_id) or dates[None]
        found[marking.pk] = worth(
            marking,
            corrected(marking, rows[marking.pk], corrections[submission.pk]),
            due.days_late(submission.created_at),
            assignment.late_points_per_day,
        )
    return found


def stand_many(assignment: Assignment, student_ids: Collection[int]) -> None:
    """As :func:`marks.stand` for each of them."""
    marks = (
        Mark.objects.filter(submission__assignment=assignment, submission__student__in=student_ids)
        .order_by("submission__attempt")
        .values_list("submission__student", "pk", "score")
    )
    attempts: dict[int, int] = dict.fromkeys(student_ids, 0)
    last: dict[int, int] = {}
    best: dict[int, tuple[float, int]] = {}
    for student, mark, score in marks:
        attempts[student] += 1
        last[student] = mark
        if score is not None and (student not in best or score >= best[student][0]):
            best[student] = (score, mark)
    Standing.objects.bulk_create(
        [
            Standing(
                student_id=student,
                assignment=assignment,
                attempts=attempts[student],
                last_id=last.get(student),
                best_id=best[student][1] if student in best else None,
            )
            for student in sorted(student_ids)
        ],
        update_conflicts=True,
        unique_fields=["student", "assignment"],
        update_fields=["attempts", "last", "best"],
    )


def settle_dates(assignment: Assignment, student: User | None = None) -> None:
    """After a change of dates or of the late policy: every submission, or one student's. Only what
    follows from these is written anew, in a few dozen queries for a class.

    Call it in the transaction that makes the change.
    """
    marks = Mark.objects.filter(submission__assignment=assignment).order_by()
    if student is not None:
        marks = marks.filter(submission__student=student)
    columns = ("pk", "submission__student", "submission__created_at", "corrected_score",
               "late_days", "late_points", "score")  # fmt: skip
    rows = list(marks.values_list(*columns))
    students = {row[1] for row in rows}
    dates = dates_of_many(assignment)
    late: dict[int, list[int]] = defaultdict(list)
    for pk, person, at, points, *stored in rows:
        days = (dates.get(person) or dates[None]).days_late(at)
        lost = min(points or 0.0, days * assignment.late_points_per_day)
        if [days, lost, None if points is None else points - lost] != stored:
            late[days].append(pk)
    for days, changed in late.items():
        for part in slices(changed, AT_ONCE):
            _write_late(assignment, days, part)
    for some in slices(sorted(students), AT_ONCE):
        stand_many(assignment, some)


def _write_late(assignment: Assignment, late_days: int, marks: Sequence[int]) -> None:
    """As ``marks.worth``, by the database."""
    most = Value(late_days * assignment.late_points_per_day, output_field=FloatField())
    lost = Least(F("corrected_score"), most)
    rows = Mark.objects.filter(pk__in=marks)
    rows.filter(corrected_score=None).update(late_days=late_days, late_points=0.0, score=None)
    rows.exclude(corrected_score=None).update(
        late_days=late_days, late_points=lost, score=F("corrected_score") - lost
    )


def grouped(rows: Iterable[T], key: str) -> dict[int, list[T]]:
    """By a column, in the order in which they come."""
    found: dict[int, list[T]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found


def slices(ids: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
