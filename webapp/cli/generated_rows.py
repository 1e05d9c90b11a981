"""The rows of a generated class: drawn attempts and what follows from them, written in bulk."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from webapp.accounts.models import User
from webapp.courses.models import Assignment
from webapp.rubrics.models import RubricVersion
from webapp.submissions.models import (
    Correction,
    CorrectionKind,
    CriterionProgress,
    Mark,
    Marking,
    SourceFile,
    Standing,
    State,
    Submission,
)

MODULE = b'#include <linux/module.h>\n/* attempt %d of student %d */\nMODULE_LICENSE("GPL");\n'


@dataclass(frozen=True)
class Given:
    """A TP and what its criteria are worth, in the rubric's order."""

    assignment: Assignment
    rubric: RubricVersion
    criteria: tuple[tuple[str, float], ...]

    @property
    def full(self) -> float:
        return sum(points for _, points in self.criteria)


@dataclass(frozen=True)
class Attempt:
    number: int
    at: dt.datetime
    late_days: int
    state: State
    verdicts: tuple[str, ...]
    corrected: int | None  # which criterion, set to half its points


def attempts_of(
    given: Given,
    count: int,
    due_at: dt.datetime,
    now: dt.datetime,
    skill: float,
    rng: random.Random,
    by_hand: bool,
) -> Iterator[Attempt]:
    """In time order; each a little better than the one before, mostly. ``by_hand``: the last one
    is corrected, which others are by chance.
    """
    opens_at = given.assignment.opens_at
    ends_at = min(now, due_at)
    if given.assignment.late_days and rng.random() < 0.3:
        late = dt.timedelta(days=given.assignment.late_days * rng.random())
        ends_at = min(now, due_at + late)
    for number in range(1, count + 1):
        at = opens_at + (ends_at - opens_at) * (number - rng.random() * 0.5) / count
        chance = skill * (0.35 + 0.65 * min(1.0, number / 6))
        certain = by_hand and number == count
        state = State.ERROR if rng.random() < 0.004 and not certain else State.GRADED
        verdicts = verdicts_of(given, chance, rng, state)
        corrected = None
        if certain or (state == State.GRADED and rng.random() < 0.01):
            corrected = rng.randrange(len(given.criteria))
        late_days = max(0, -((due_at - at) // dt.timedelta(days=1)))
        yield Attempt(number, at, late_days, state, verdicts, corrected)


def verdicts_of(
    given: Given, chance: float, rng: random.Random, state: State = State.GRADED
) -> tuple[str, ...]:
    """What does not build is not run; later criteria are harder."""
    if rng.random() > chance + 0.3:
        return ("fail", *("not-run" for _ in given.criteria[1:]))
    hardness = 0.5 / len(given.criteria)
    drawn = ["pass"] + [
        "pass" if rng.random() < chance + 0.25 - hardness * n else "fail"
        for n in range(1, len(given.criteria))
    ]
    if state == State.ERROR:
        drawn[-1] = "error"
    return tuple(drawn)


@dataclass
class Rows:
    """Collects what some students handed in, then writes it table by table."""

    corrector: User
    _attempts: list[tuple[User, Given, Attempt]] = field(default_factory=list)

    def add(self, student: User, given: Given, attempts: list[Attempt]) -> None:
        self._attempts += [(student, given, attempt) for attempt in attempts]

    def store(self) -> int:
        submissions = Submission.objects.bulk_create(_submission(*each) for each in self._attempts)
        SourceFile.objects.bulk_create(
            SourceFile(submission=each, position=0, path="ring.c", data=_source(each))
            for each in submissions
        )
        pairs = list(zip(submissions, self._attempts, strict=True))
        markings = Marking.objects.bulk_create(
            _marking(submission, given, attempt) for submission, (_, given, attempt) in pairs
        )
        CriterionProgress.objects.bulk_create(
            row
            for marking, (_, given, attempt) in zip(markings, self._attempts, strict=True)
            for row in progress(marking, given, attempt.verdicts)
        )
        Correction.objects.bulk_create(
            self._correction(submission, given, attempt)
            for submission, (_, given, attempt) in pairs
            if attempt.corrected is not None
        )
        marks = Mark.objects.bulk_create(
            _mark(marking, given, attempt)
            for marking, (_, given, attempt) in zip(markings, self._attempts, strict=True)
        )
        Standing.objects.bulk_create(self._standings(marks))
        return len(submissions)

    def _correction(self, submission: Submission, given: Given, attempt: Attempt) -> Correction:
        assert attempt.corrected is not None
        criterion, full = given.criteria[attempt.corrected]
        return Correction(
            submission=submission,
            criterion=criterion,
            kind=CorrectionKind.POINTS,
            points=full / 2,
            reason="shown in the session",
            author=self.corrector,
            created_at=attempt.at,
        )

    def _standings(self, marks: list[Mark]) -> Iterator[Standing]:
        """As ``marks.stand``: of equal attempts the later is the best."""
        own: dict[tuple[int, int], list[Mark]] = {}
        for mark, (student, given, _) in zip(marks, self._attempts, strict=True):
            own.setdefault((student.pk, given.assignment.pk), []).append(mark)
        for (student, assignment), them in own.items():
            scored = [each for each in them if each.score is not None]
            best = max(scored, key=lambda each: (each.score, each.submission.attempt), default=None)
            yield Standing(
                student_id=student,
                assignment_id=assignment,
                attempts=len(them),
                last=them[-1],
                best=best,
            )


def progress(
    marking: Marking, given: Given, verdicts: tuple[str, ...]
) -> Iterator[CriterionProgress]:
    for n, ((criterion, full), verdict) in enumerate(zip(given.criteria, verdicts, strict=True)):
        yield CriterionProgress(
            marking=marking,
            position=n,
            criterion=criterion,
            verdict=verdict,
            points=full if verdict == "pass" else 0,
            max_points=full,
        )


def engine_score(given: Given, verdicts: tuple[str, ...]) -> float:
    worth = zip(given.criteria, verdicts, strict=True)
    return sum(full for (_, full), verdict in worth if verdict == "pass")


def _submission(student: User, given: Given, attempt: Attempt) -> Submission:
    text = MODULE % (attempt.number, student.pk)
    return Submission(
        student=student,
        assignment=given.assignment,
        attempt=attempt.number,
        sha256=hashlib.sha256(text).hexdigest(),
        seed=student.pk * 1000 + attempt.number,
        created_at=attempt.at,
        upload_names=["ring.c"],
    )


def _source(submission: Submission) -> bytes:
    return MODULE % (submission.attempt, submission.student_id)


def _marking(submission: Submission, given: Given, attempt: Attempt) -> Marking:
    graded = attempt.state == State.GRADED
    return Marking(
        submission=submission,
        rubric=given.rubric,
        is_shown=True,
        state=attempt.state,
        queued_at=attempt.at,
        started_at=attempt.at,
        finished_at=attempt.at + dt.timedelta(seconds=40),
        checks_total=len(given.criteria),
        checks_done=len(given.criteria),
        failures=0 if graded else 5,
        last_fault="" if graded else "QEMU ended before it answered",
        score=engine_score(given, attempt.verdicts) if graded else None,
        max_score=given.full if graded else None,
    )


def _mark(marking: Marking, given: Given, attempt: Attempt) -> Mark:
    """As ``marks.settle``."""
    mark = Mark(submission=marking.submission, marking=marking, late_days=attempt.late_days)
    if attempt.state != State.GRADED:
        return mark
    corrected = engine_score(given, attempt.verdicts)
    if attempt.corrected is not None:
        full = given.criteria[attempt.corrected][1]
        corrected += full / 2 - (full if attempt.verdicts[attempt.corrected] == "pass" else 0)
    mark.engine_score = marking.score
    mark.corrected_score = corrected
    mark.late_points = min(corrected, attempt.late_days * given.assignment.late_points_per_day)
    mark.score = corrected - mark.late_points
    mark.max_score = given.full
    return mark
