"""A class with chosen verdicts: rows as a worker and an instructor write them, then settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.webapp.support.fixtures import School
from webapp.accounts.models import User
from webapp.courses.models import Assignment, Counts, Enrolment, Role
from webapp.rubrics.versions import adopt_shipped, current_version
from webapp.submissions.marks import settle
from webapp.submissions.models import (
    Correction,
    CorrectionKind,
    CriterionProgress,
    Marking,
    State,
    Submission,
)

#: Points of the criteria that every submission here has.
WORTH = (2.0, 8.0, 10.0)


@dataclass
class Classroom:
    """``tp1`` counts the best attempt, ``tp2`` the last and takes late ones; both are over for
    nobody yet."""

    school: School
    now: dt.datetime
    tp1: Assignment = field(init=False)
    tp2: Assignment = field(init=False)

    def __post_init__(self) -> None:
        self.tp1 = self.school.assignment
        self.tp2 = Assignment.objects.create(
            course=self.school.course,
            tp="tp2",
            title="TP2: a buffer that grows",
            opens_at=self.now - dt.timedelta(days=5),
            due_at=self.now + dt.timedelta(days=2),
            counts=Counts.LAST,
            late_days=3,
            late_points_per_day=1.5,
        )
        adopt_shipped(self.tp2, self.now)

    def enrol(self, username: str, last: str = "", first: str = "", group: str = "") -> User:
        user = User.objects.create(
            username=username, last_name=last, first_name=first, email=f"{username}@example.org"
        )
        Enrolment.objects.create(
            user=user, course=self.school.course, role=Role.STUDENT, group=group
        )
        return user

    def attempt(
        self,
        student: User,
        assignment: Assignment,
        points: Sequence[float] = WORTH,
        *,
        late: dt.timedelta | None = None,
        state: State = State.GRADED,
    ) -> Submission:
        """``points`` of each criterion; with state ERROR the last one could not be tried."""
        number = Submission.objects.filter(student=student, assignment=assignment).count() + 1
        at = self.now if late is None else assignment.due_at + late
        submission = Submission.objects.create(
            student=student, assignment=assignment, attempt=number, sha256=f"{number:064}", seed=1,
            created_at=at,
        )  # fmt: skip
        graded = state == State.GRADED
        marking = Marking.objects.create(
            submission=submission, rubric=current_version(assignment), is_shown=True, state=state,
            queued_at=at, score=sum(points) if graded else None, max_score=20 if graded else None,
        )  # fmt: skip
        for n, (got, full) in enumerate(zip(points, WORTH, strict=True)):
            verdict = "pass" if got == full else "fail"
            if state == State.ERROR and n == len(WORTH) - 1:
                verdict, got = "error", 0  # noqa: PLW2901
            CriterionProgress.objects.create(
                marking=marking, position=n, criterion=f"{assignment.tp}.c{n}", verdict=verdict,
                points=got, max_points=full,
            )  # fmt: skip
        settle(submission)
        return submission

    def correct(self, submission: Submission, criterion: int, points: float) -> Correction:
        made = Correction.objects.create(
            submission=submission, criterion=f"{submission.assignment.tp}.c{criterion}",
            kind=CorrectionKind.POINTS, points=points, reason="seen in the session",
            author=self.school.instructor, created_at=self.now,
        )  # fmt: skip
        settle(submission)
        return made
