"""The gradebook's rows: the students of a course, which of their marks counts in each TP, and what
that makes together.

The database filters, sorts and adds up; cells are read for the rows that are shown, by two
queries however many students or TPs there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from webapp.courses.dates import DAY
from webapp.courses.models import Assignment, Counts, Course, Enrolment, Extension, Role
from webapp.submissions.models import Standing

#: Averages are out of this.
SCALE = 20.0

BY_NAME = ("user__last_name", "user__first_name", "user__username")


class Look(TextChoices):
    """Which attempt is looked at; ``POLICY`` is what counts, the others are for comparing."""

    POLICY = "policy", _("what counts in each TP")
    BEST = "best", _("the best attempt in all TPs")
    LAST = "last", _("the last attempt in all TPs")


@dataclass(frozen=True)
class Book:
    """A course's TPs, and how they are looked at."""

    course: Course
    assignments: tuple[Assignment, ...]
    look: Look
    now: dt.datetime

    @classmethod
    def of(cls, course: Course, look: Look, now: dt.datetime) -> Book:
        return cls(course, tuple(course.assignments.order_by("tp")), look, now)

    def which(self, assignment: Assignment) -> str:
        """``best`` or ``last``: the standing's column that is the mark."""
        return assignment.counts if self.look == Look.POLICY else str(self.look)

    def looked_at(self, which: str) -> list[int]:
        """The TPs whose mark is the ``best`` or the ``last``."""
        return [each.pk for each in self.assignments if self.which(each) == which]

    @property
    def over(self) -> list[Assignment]:
        """TPs that take nothing any more, but for students with another date."""
        return [each for each in self.assignments if self.closes_at(each) < self.now]

    @staticmethod
    def closes_at(assignment: Assignment) -> dt.datetime:
        return assignment.due_at + assignment.late_days * DAY

    def of_mark(self, column: str) -> Case:
        """A column of the mark that is looked at, as an expression on Standing."""
        return Case(
            When(assignment__in=self.looked_at(Counts.BEST), then=F(f"best__{column}")),
            default=F(f"last__{column}"),
        )

    def mark_is(self, **conditions: object) -> Q:
        """A condition on the mark that is looked at, on Standing: ``mark_is(late_days__gt=0)``."""
        best = Q(assignment__in=self.looked_at(Counts.BEST))
        last = Q(assignment__in=self.looked_at(Counts.LAST))
        for lookup, value in conditions.items():
            best &= Q(**{f"best__{lookup}": value})
            last &= Q(**{f"last__{lookup}": value})
        return best | last


def students(book: Book) -> QuerySet[Enrolment]:
    """Everybody, by name."""
    enrolled = Enrolment.objects.filter(course=book.course, role=Role.STUDENT)
    return enrolled.select_related("user").order_by(*BY_NAME)


def total(book: Book) -> Subquery:
    """The sum of a student's marks, on Enrolment; None without any."""
    return _of_student(_own(book), Sum(book.of_mark("score")), FloatField())


def average(book: Book) -> ExpressionWrapper:
    """Of what counts so far, out of 20, on Enrolment; None while nothing does.

    A TP counts once it has a mark, or once it is over with nothing handed in, which is 0.
    A withheld mark costs nothing: that TP does not count yet.
    """
    score, full = book.of_mark("score"), book.of_mark("max_score")
    share = Sum(Cast(score, FloatField()) / NullIf(full, Value(0.0)))
    counted: Count | CombinedExpression = Count(score)
    if book.over:
        counted = counted - Count("pk", filter=Q(assignment__in=book.over))
    counting = (
        Coalesce(_of_student(_own(book), counted, IntegerField()), 0)
        + Value(len(book.over))
        - Coalesce(_may_still(book), 0)
    )
    shares = Coalesce(_of_student(_own(book), share, FloatField()), 0.0)
    return ExpressionWrapper(SCALE * shares / NullIf(counting, Value(0)), FloatField())


@dataclass(frozen=True)
class Sums:
    total: float | None = None
    average: float | None = None


def sums_of(book: Book, enrolled: Iterable[Enrolment]) -> dict[int, Sums]:
    """Student -> what the marks make together. One query; only of these, for it costs the
    database more than reading them.
    """
    rows = Enrolment.objects.filter(pk__in=[each.pk for each in enrolled])
    rows = rows.annotate(total=total(book), average=average(book))
    return {
        student: Sums(total, average)
        for student, total, average in rows.values_list("user_id", "total", "average")
    }


def _own(book: Book) -> QuerySet[Standing]:
    return Standing.objects.filter(student=OuterRef("user"), assignment__in=book.assignments)


def _of_student(
    rows: QuerySet[Standing] | QuerySet[Extension],
    aggregate: Sum | Count | CombinedExpression,
    kind: FloatField | IntegerField,
) -> Subquery:
    grouped = rows.order_by().values("student").annotate(result=aggregate)
    return Subquery(grouped.values("result"), output_field=kind)


def _may_still(book: Book) -> Subquery | Value:
    """In how many TPs that are over for the others the student may still hand in a first time."""
    open_for_them = Q()
    for each in book.over:
        open_for_them |= Q(assignment=each, due_at__gte=book.now - each.late_days * DAY)
    if not open_for_them:
        return Value(0)
    tried = Standing.objects.filter(student=OuterRef("student"), assignment=OuterRef("assignment"))
    extended = Extension.objects.filter(open_for_them, ~Exists(tried), student=OuterRef("user"))
    return _of_student(extended, Count("pk"), IntegerField())


def score_in(book: Book, assignment: Assignment) -> Subquery:
    """The mark in one TP, to sort students by."""
    own = Standing.objects.filter(student=OuterRef("user"), assignment=assignment)
    return Subquery(own.values(f"{book.which(assignment)}__score")[:1])


def of_users(enrolled: Iterable[Enrolment]) -> list[int]:
    return [each.user_id for each in enrolled]
