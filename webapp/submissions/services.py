"""Handing in, and looking up what was handed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext

from grader.errors import RingmarkError
from grader.intake import SourceTree, Upload, read_upload
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.courses.dates import dates_of
from webapp.courses.models import Assignment, Counts, Enrolment
from webapp.courses.services import teaches
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.versions import current_version
from webapp.submissions import claims, dispatch, marks
from webapp.submissions.models import (
    Mark,
    Marking,
    Priority,
    SourceFile,
    Standing,
    State,
    Submission,
)
from webapp.submissions.work import seed_for


class Closed(RingmarkError):
    """The TP takes nothing now, or no tries; the message says why."""


def hand_in(
    student: User,
    assignment: Assignment,
    uploads: Sequence[Upload],
    now: dt.datetime,
    attribute: str = "",
    as_try: bool = False,
) -> Submission:
    """Store an upload and queue its marking, in one transaction. ``attribute``: what the student
    says raises the interrupt. ``as_try``: it is marked and does not count.

    The same files again while the last attempt is still being marked (a double click, a reload
    of the form) give that attempt, not another; so it is with tries.

    Raises:
        Closed: outside the TP's dates; a try where the best attempt counts.
        NoRubric: the TP has no published rubric.
        UnusableInput: the upload cannot be marked; nothing is stored.
    """
    if as_try and assignment.counts == Counts.BEST:
        raise Closed(
            gettext(
                "The best attempt counts in this TP, so that no attempt costs anything: there are "
                "no tries. Hand it in."
            )
        )
    version = version_to_mark_with(student, assignment, now)
    rubric = version.parsed.with_attribute(attribute)
    tree = read_upload(list(uploads), device=rubric.settings.device)
    with transaction.atomic():
        last = numbered(student, assignment, as_try)
        same = last and (last.sha256, last.attribute) == (tree.sha256, attribute)
        if last and same and not _is_final(last):
            return last
        submission = _store(
            tree,
            student=student,
            assignment=assignment,
            attempt=(last.attempt if last else 0) + 1,
            is_try=as_try,
            attribute=attribute,
            created_at=now,
            upload_names=[upload.name for upload in uploads],
        )
        queue_marking(submission, version, now)
        marks.settle(submission)
    return submission


def version_to_mark_with(student: User, assignment: Assignment, now: dt.datetime) -> RubricVersion:
    """What decides whether something can be handed in.

    Raises:
        Closed: outside the TP's dates.
        NoRubric: the TP has no published rubric.
    """
    reason = dates_of(assignment, student).closed_because(now)
    if reason:
        raise Closed(reason)
    return current_version(assignment)


def numbered(student: User, assignment: Assignment, tries: bool = False) -> Submission | None:
    """The last attempt, or try. Nobody else numbers one of this student's before the surrounding
    transaction ends: SQLite's locks the whole database, elsewhere the student's place in the course
    is the lock.
    """
    Enrolment.objects.select_for_update().get(user=student, course=assignment.course)
    own = Submission.objects.filter(student=student, assignment=assignment, is_try=tries)
    return own.order_by("-attempt").first()


def queue_marking(submission: Submission, version: RubricVersion, now: dt.datetime) -> None:
    """Its first marking, which is shown at once. In a transaction."""
    marking = Marking.objects.create(
        submission=submission, rubric=version, queued_at=now, is_shown=True,
        priority=Priority.TRY if submission.is_try else Priority.FRESH,
    )  # fmt: skip
    dispatch.send_on_commit(marking, now)


def _store(tree: SourceTree, **known: Any) -> Submission:
    submission = Submission.objects.create(
        sha256=tree.sha256,
        seed=seed_for(known["assignment"], tree.sha256, known["attribute"]),
        ignored_names=list(tree.ignored),
        **known,
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
    """The marking that counts and that pages show."""
    return submission.markings.filter(is_shown=True).select_related("rubric").first()


def mark_again(submission: Submission, by: User, now: dt.datetime) -> bool:
    """An instructor sends a withheld marking back into the queue. False: it is not withheld."""
    with transaction.atomic():
        marking = shown_marking(submission)
        if marking is None or not claims.start_over(marking, now):
            return False
        record(
            by,
            Action.MARKED_AGAIN,
            str(submission),
            now,
            course_id=submission.assignment.course_id,
            url=submission.get_absolute_url(),
            old={"tries": marking.failures, "fault": marking.last_fault},
        )
        marking.refresh_from_db()
        dispatch.send_on_commit(marking, now)
    return True


def history(student: User, assignment: Assignment) -> list[Mark]:
    """All attempts, the newest first; no tries. One query."""
    return list(
        Mark.objects.filter(submission__student=student, submission__assignment=assignment)
        .select_related("submission", "marking")
        .order_by("-submission__attempt")
    )


@dataclass(frozen=True)
class Viewed:
    """A submission and in what role somebody looks at it."""

    submission: Submission
    as_instructor: bool

    @property
    def handed_in(self) -> Submission | None:
        """The attempt that a try became."""
        if not self.submission.is_try:
            return None
        return Submission.objects.filter(tried_as=self.submission).first()


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
    running = Q(state=State.RUNNING)
    earlier = Q(queued_at__lt=marking.queued_at) | Q(queued_at=marking.queued_at, pk__lt=marking.pk)
    first = Q(priority__lt=marking.priority) | Q(priority=marking.priority) & earlier
    # The first bound says nothing new: by it the index leaves out a regrade's thousands.
    waiting = Q(state=State.QUEUED, priority__lte=marking.priority) & first
    return Marking.objects.filter(running | waiting).count()


def withheld_in(assignment: Assignment) -> QuerySet[Marking]:
    """Markings that an instructor has to look at, the oldest first."""
    return (
        Marking.objects.filter(submission__assignment=assignment, state=State.ERROR, is_shown=True)
        .exclude(submission__mark__score__isnull=False)  # decided by hand
        .select_related("submission__student")
        .order_by("finished_at")
    )


@dataclass(frozen=True)
class StudentRow:
    student: User
    last: Mark | None
    attempts: int


def latest_of_class(assignment: Assignment, students: Sequence[User]) -> list[StudentRow]:
    """These students, each with their latest attempt. One query."""
    standings = {
        each.student_id: each
        for each in Standing.objects.filter(
            assignment=assignment, student__in=students
        ).select_related("last__submission", "last__marking")
    }
    rows = []
    for student in students:
        found = standings.get(student.pk)
        rows.append(
            StudentRow(student, found.last if found else None, found.attempts if found else 0)
        )
    return rows
