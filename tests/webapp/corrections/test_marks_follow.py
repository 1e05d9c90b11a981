"""Marks and standings follow what is done by hand: any sequence against a model that keeps nothing
but what was said last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.support.fixtures import MODULE, School, marking_of
from webapp.accounts.models import User
from webapp.corrections.extensions import extend, withdraw_extension
from webapp.corrections.points import Seen, annul, set_points, withdraw
from webapp.courses.models import Assignment
from webapp.submissions.marks import corrections_of, criterion_marks, settle
from webapp.submissions.models import CriterionProgress, Mark, Marking, Standing, State, Submission
from webapp.submissions.settling import settle_dates

MOST = {"a": 3.0, "b": 2.0, "c": 5.0}
LATE_POINTS = 1.5
ATTEMPTS = 2

verdicts = st.sampled_from(["pass", "fail", "not-run", "error"])
attempts = st.integers(0, ATTEMPTS - 1)
criteria = st.sampled_from(sorted(MOST))
steps = st.one_of(
    st.tuples(st.just("set"), attempts, criteria, st.integers(0, 10)),
    st.tuples(st.just("annul"), attempts, criteria),
    st.tuples(st.just("withdraw"), attempts, criteria),
    # A regrade: a new marking, shown at once or not.
    st.tuples(st.just("marked"), attempts, st.tuples(verdicts, verdicts, verdicts), st.booleans()),
    st.tuples(st.just("switch"), attempts, st.integers(0, 5)),
    st.tuples(st.just("extend"), st.integers(1, 4)),
    st.tuples(st.just("withdraw extension")),
    st.tuples(st.just("counts late days"), st.integers(0, 2)),
)


@dataclass
class Attempt:
    """The model of one attempt: its markings, which one is shown, what was last said by hand."""

    late: int
    markings: list[dict[str, str]] = field(default_factory=list)
    shown: int = 0
    #: criterion -> points, or the number of the marking whose verdict is annulled.
    points: dict[str, float] = field(default_factory=dict)
    annulled: dict[str, int] = field(default_factory=dict)

    def corrected(self) -> float | None:
        total = 0.0
        for name, verdict in self.markings[self.shown].items():
            if name in self.points:
                total += min(self.points[name], MOST[name])
            elif self.annulled.get(name) == self.shown:
                total += MOST[name]
            elif verdict == "error":
                return None
            elif verdict == "pass":
                total += MOST[name]
        return total

    def score(self, extended: int, per_day: float) -> float | None:
        total = self.corrected()
        if total is None:
            return None
        return max(0.0, total - max(0, self.late - extended) * per_day)


@contextmanager
def undone() -> Iterator[None]:
    """Every example starts from the same school."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def late(school: School) -> School:
    """Due an hour and more ago: what is handed in now is a day late."""
    given_tp = school.assignment
    given_tp.due_at = given_tp.due_at - dt.timedelta(days=1, hours=1)
    given_tp.opens_at = given_tp.due_at - dt.timedelta(days=9)
    given_tp.late_days, given_tp.late_points_per_day = 7, LATE_POINTS
    given_tp.save()
    return school


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(steps, max_size=14))
def test_any_sequence_gives_what_the_model_says(
    late: School, done: list[tuple[object, ...]]
) -> None:
    with undone():
        world = World(late)
        for step in done:
            world.do(*step)
            world.compare()


class World:
    """The real rows and the model, moved together."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.extended = 0
        self.per_day = LATE_POINTS
        self.submissions: list[Submission] = []
        self.models = [Attempt(late=1) for _ in range(ATTEMPTS)]
        self.rows: list[list[Marking]] = [[] for _ in range(ATTEMPTS)]
        for number in range(ATTEMPTS):
            submission = school.submit(MODULE + b"\n" * number)
            self.submissions.append(submission)
            self._mark(number, ("pass", "fail", "not-run"), marking_of(submission))
        self.compare()

    def do(self, what: object, *args: object) -> None:
        name = str(what).replace(" ", "_")
        getattr(self, f"_{name}")(*args)

    def _set(self, number: int, criterion: str, points: int) -> None:
        wanted = min(float(points), MOST[criterion])
        set_points(self.submissions[number], criterion, wanted, "why", self._by, self._now,
                   self._seen(number, criterion))  # fmt: skip
        self.models[number].points[criterion] = wanted
        self.models[number].annulled.pop(criterion, None)

    def _annul(self, number: int, criterion: str) -> None:
        annul(self.submissions[number], criterion, "why", self._by, self._now,
              self._seen(number, criterion))  # fmt: skip
        self.models[number].annulled[criterion] = self.models[number].shown
        self.models[number].points.pop(criterion, None)

    def _withdraw(self, number: int, criterion: str) -> None:
        made = self.submissions[number].corrections.filter(criterion=criterion, withdrawn_at=None)
        for each in made:
            assert withdraw(self.submissions[number], each.pk, self._by, self._now)
        self.models[number].points.pop(criterion, None)
        self.models[number].annulled.pop(criterion, None)

    def _marked(self, number: int, verdicts: tuple[str, ...], shown: bool) -> None:
        row = Marking.objects.create(
            submission=self.submissions[number], rubric=self.rows[number][0].rubric,
            queued_at=self._now,
        )  # fmt: skip
        self._mark(number, verdicts, row)
        if shown:
            self._switch(number, len(self.rows[number]) - 1)

    def _switch(self, number: int, to: int) -> None:
        to %= len(self.rows[number])
        self.submissions[number].markings.update(is_shown=False)
        Marking.objects.filter(pk=self.rows[number][to].pk).update(is_shown=True)
        settle(self.submissions[number])
        self.models[number].shown = to

    def _extend(self, days: int) -> None:
        due_at = self._tp.due_at + dt.timedelta(days=days)
        extend(self._tp, self.school.student, due_at, "ill", self._by, self._now)
        self.extended = days

    def _withdraw_extension(self) -> None:
        had = withdraw_extension(self._tp, self.school.student.pk, self._by, self._now)
        assert (had is not None) is bool(self.extended)
        self.extended = 0

    def _counts_late_days(self, per_day: int) -> None:
        Assignment.objects.filter(pk=self._tp.pk).update(late_points_per_day=per_day)
        self.per_day = float(per_day)
        settle_dates(self._tp)

    def compare(self) -> None:
        expected = [each.score(self.extended, self.per_day) for each in self.models]
        marks = [Mark.objects.get(submission=each) for each in self.submissions]
        assert [mark.score for mark in marks] == expected
        for mark, model in zip(marks, self.models, strict=True):
            assert mark.corrected_score == model.corrected()
            assert mark.late_days == max(0, model.late - self.extended)
        standing = Standing.objects.get(student=self.school.student, assignment=self._tp)
        assert (standing.attempts, standing.last) == (ATTEMPTS, marks[-1])
        scored = [(score, n) for n, score in enumerate(expected) if score is not None]
        assert standing.best == (marks[max(scored)[1]] if scored else None)

    def _mark(self, number: int, verdicts: tuple[str, ...], row: Marking) -> None:
        found = dict(zip(sorted(MOST), verdicts, strict=True))
        decided = "error" not in verdicts
        row.state = State.GRADED if decided else State.ERROR
        row.score = (
            sum(MOST[name] for name, verdict in found.items() if verdict == "pass")
            if decided
            else None
        )
        row.save()
        for position, (name, verdict) in enumerate(found.items()):
            CriterionProgress.objects.create(
                marking=row, position=position, criterion=name, verdict=verdict,
                points=MOST[name] if verdict == "pass" else 0, max_points=MOST[name],
            )  # fmt: skip
        self.models[number].markings.append(found)
        self.rows[number].append(row)
        settle(self.submissions[number])

    def _seen(self, number: int, criterion: str) -> Seen:
        """What the page would show."""
        marking = marking_of(self.submissions[number])
        found = criterion_marks(marking, corrections_of(self.submissions[number]))
        made = next(each.correction for each in found if each.criterion == criterion)
        return Seen(marking.pk, made.pk if made else None)

    @property
    def _tp(self) -> Assignment:
        return Assignment.objects.select_related("course").get(pk=self.school.assignment.pk)

    @property
    def _by(self) -> User:
        return self.school.instructor

    @property
    def _now(self) -> dt.datetime:
        return max(each.created_at for each in self.submissions) + dt.timedelta(minutes=1)
