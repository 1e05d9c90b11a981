"""Handing in, and looking up what was handed in."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404

from grader.errors import RingmarkError
from grader.intake import SourceTree, Upload, read_upload
from grader.rubric import load_rubric
from webapp.accounts.models import User
from webapp.courses.models import Assignment, Enrolment
from webapp.courses.services import students_of, teaches
from webapp.submissions import dispatch
from webapp.submissions.models import Marking, SourceFile, State, Submission


class Closed(RingmarkError):
    """The TP takes nothing now; the message says why."""


def hand_in(
    student: User,
    assignment: Assignment,
    uploads: Sequence[Upload],
    now: dt.datetime,
    attribute: str = "",
) -> Submission:
    """Store an upload and queue its marking, in one transaction. ``attribute``: what the student
    says raises the interrupt.

    The same files again while the last attempt is still being marked (a double click, a reload
    of the form) give that attempt, not another.

    Raises:
        Closed: outside the TP's dates.
        UnusableInput: the upload cannot be marked; nothing is stored.
    """
    reason = assignment.closed_because(now)
    if reason:
        raise Closed(reason)
    rubric = load_rubric(assignment.tp).with_attribute(attribute)
    tree = read_upload(list(uploads), device=rubric.settings.device)
    with transaction.atomic():
        # Attempts are numbered one at a time: SQLite's transaction locks the whole database,
        # elsewhere the student's place in the course is the lock.
        Enrolment.objects.select_for_update().get(user=student, course=assignment.course)
        last = Submission.objects.filter(student=student, assignment=assignment).first()
        same = last and (last.sha256, last.attribute) == (tree.sha256, attribute)
        if last and same and not _is_final(last):
            return last
        attempt = (last.attempt if last else 0) + 1
        submission = _store(student, assignment, tree, uploads, attempt, attribute, now)
        marking = Marking.objects.create(
            submission=submission, rubric_version=assignment.rubric_version, queued_at=now
        )
        dispatch.send_on_commit(marking, now)
    return submission


def _store(
    student: User,
    assignment: Assignment,
    tree: SourceTree,
    uploads: Sequence[Upload],
    attempt: int,
    attribute: str,
    now: dt.datetime,
) -> Submission:
    submission = Submission.objects.create(
        student=student,
        assignment=assignment,
        attempt=attempt,
        sha256=tree.sha256,
        seed=secrets.randbits(31),
        attribute=attribute,
        created_at=now,
        upload_names=[upload.name for upload in uploads],
        ignored_names=list(tree.ignored),
    )
    SourceFile.objects.bulk_create(
        SourceFile(submission=submission, position=n, path=file.path, data=file.data)
        for n, file in enumerate(tree.files)
    )
    return submission


def _is_final(submission: Submission) -> bool:
    marking = shown_marking(submission)
    return marking is None or marking.is_final


def shown_marking(submission: Submission) -> Marking | None:
    """The marking that pages show: the newest."""
    return submission.markings.first()


def history(student: User, assignment: Assignment) -> list[tuple[Submission, Marking | None]]:
    """All attempts, the newest first, with their markings. Two queries."""
    submissions = (
        Submission.objects.filter(student=student, assignment=assignment)
        .prefetch_related("markings")
        .order_by("-attempt")
    )
    return [(each, next(iter(each.markings.all()), None)) for each in submissions]


@dataclass(frozen=True)
class Viewed:
    """A submission and in what role somebody looks at it."""

    submission: Submission
    as_instructor: bool


def submission_for(user: User, submission_id: int) -> Viewed:
    """Raises Http404 unless it is the person's own or one of a course they teach."""
    submission = (
        Submission.objects.filter(pk=submission_id)
        .select_related("assignment__course", "student")
        .first()
    )
    if submission is None:
        raise Http404
    course = submission.assignment.course
    if teaches(user, course):
        return Viewed(submission, as_instructor=True)
    own = submission.student_id == user.pk
    if own and Enrolment.objects.filter(user=user, course=course).exists():
        return Viewed(submission, as_instructor=False)
    raise Http404


def ahead_of(marking: Marking) -> int:
    """How many markings are worked on or come before this waiting one."""
    running = Marking.objects.filter(state=State.RUNNING).count()
    before = Marking.objects.filter(state=State.QUEUED, queued_at__lt=marking.queued_at).count()
    same = Marking.objects.filter(
        state=State.QUEUED, queued_at=marking.queued_at, pk__lt=marking.pk
    ).count()
    return running + before + same


def withheld_in(assignment: Assignment) -> QuerySet[Marking]:
    """Markings that an instructor has to look at, the oldest first."""
    return (
        Marking.objects.filter(submission__assignment=assignment, state=State.ERROR)
        .select_related("submission__student")
        .order_by("finished_at")
    )


@dataclass(frozen=True)
class StudentRow:
    student: User
    submission: Submission | None
    marking: Marking | None
    attempts: int


def latest_of_class(assignment: Assignment) -> list[StudentRow]:
    """Every student of the course with their latest attempt. The number of queries is fixed."""
    own = Submission.objects.filter(assignment=assignment, student=OuterRef("pk"))
    students: QuerySet[User] = students_of(assignment.course).annotate(
        latest=Subquery(own.order_by("-attempt").values("pk")[:1])
    )
    people = list(students)
    attempts = dict(
        Submission.objects.filter(assignment=assignment)
        .order_by()
        .values_list("student")
        .annotate(n=Count("pk"))
    )
    found = Submission.objects.prefetch_related("markings").in_bulk(
        [person.latest for person in people if person.latest]  # type: ignore[attr-defined]
    )
    rows = []
    for person in people:
        submission = found.get(person.latest)  # type: ignore[attr-defined]
        marking = next(iter(submission.markings.all()), None) if submission else None
        rows.append(StudentRow(person, submission, marking, attempts.get(person.pk, 0)))
    return rows
