"""What stands in the gradebook for one student and one TP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext, ngettext

from webapp.gradebook.book import Book
from webapp.submissions.marks import UNDECIDED
from webapp.submissions.models import (
    Correction,
    CorrectionKind,
    CriterionProgress,
    Standing,
    State,
)
from webapp.submissions.templatetags.text import points


@dataclass(frozen=True)
class Flag:
    """Something to know of a mark: ``kind`` chooses the icon, the word says it."""

    kind: str
    word: str


@dataclass(frozen=True)
class Cell:
    """``score`` None: not marked yet, or withheld. ``latest_withheld``: another attempt counts,
    but the last one has no mark because of the platform.
    """

    attempts: int
    attempt: int
    submission_id: int
    score: float | None
    max_score: float | None
    late_days: int
    late_points: float
    state: str
    corrected: bool
    latest_withheld: bool

    @property
    def withheld(self) -> bool:
        return self.score is None and self.state == State.ERROR

    @property
    def told(self) -> str:
        """Which attempt it is, for who does not see the table."""
        words = {"number": self.attempt, "all": self.attempts}
        return gettext("attempt %(number)d of %(all)d") % words

    @property
    def flags(self) -> tuple[Flag, ...]:
        found = []
        if self.score is None:
            label = State(self.state).label
            found.append(Flag("withheld" if self.withheld else "waiting", str(label)))
        if self.late_days:
            found.append(Flag("late", self._late()))
        if self.corrected:
            found.append(Flag("corrected", gettext("by hand")))
        if self.latest_withheld:
            found.append(Flag("withheld", gettext("latest withheld")))
        return tuple(found)

    def _late(self) -> str:
        days = ngettext("%(n)d day late", "%(n)d days late", self.late_days) % {"n": self.late_days}
        return f"{days}, −{points(self.late_points)}" if self.late_points else days


Cells = dict[int, dict[int, Cell]]

_OF_A_MARK = (
    "pk", "submission_id", "submission__attempt", "score", "max_score", "late_days", "late_points",
    "marking__state",
)  # fmt: skip


def corrected_by_hand(mark: str = "") -> Exists:
    """Whether a correction holds for the mark at this path (``marks._holds``): points by hand for
    every marking, an annulment for its own, unless a later try decided the criterion.
    """
    decided = CriterionProgress.objects.filter(
        marking=OuterRef("marking"), criterion=OuterRef("criterion")
    ).exclude(verdict__in=UNDECIDED)
    of_this_try = Q(created_at__gte=OuterRef(f"{mark}marking__queued_at")) | ~Exists(decided)
    return Exists(
        Correction.objects.filter(
            Q(kind=CorrectionKind.POINTS) | Q(marking=OuterRef(f"{mark}marking")) & of_this_try,
            submission=OuterRef(f"{mark}submission"),
            withdrawn_at=None,
        )
    )


def cells_of(book: Book, student_ids: Iterable[int] | None = None) -> Cells:
    """Student -> TP -> what stands there; of everybody, or of these. One query."""
    standings = Standing.objects.filter(assignment__in=book.assignments)
    if student_ids is not None:
        standings = standings.filter(student__in=list(student_ids))
    which = {each.pk: book.which(each) for each in book.assignments}
    cells: Cells = {}
    for row in _values(standings):
        student, assignment = row["student_id"], row["assignment_id"]
        cell = _cell(row, which[assignment])
        if cell is not None:
            cells.setdefault(student, {})[assignment] = cell
    return cells


def _values(standings: QuerySet[Standing]) -> Iterable[dict[str, Any]]:
    columns = [f"{which}__{column}" for which in ("best", "last") for column in _OF_A_MARK]
    return (
        standings.annotate(
            best_corrected=corrected_by_hand("best__"),
            last_corrected=corrected_by_hand("last__"),
        )
        .values("student_id", "assignment_id", "attempts", *columns,
                "best_corrected", "last_corrected")
    )  # fmt: skip


def _cell(row: dict[str, Any], which: str) -> Cell | None:
    """None for a student without any marking. Without a best there is the last to tell of."""
    if row[f"{which}__pk"] is None:
        which = "last"
    if row[f"{which}__pk"] is None:
        return None
    last_withheld = row["last__score"] is None and row["last__marking__state"] == State.ERROR
    return Cell(
        attempts=row["attempts"],
        attempt=row[f"{which}__submission__attempt"],
        submission_id=row[f"{which}__submission_id"],
        score=row[f"{which}__score"],
        max_score=row[f"{which}__max_score"],
        late_days=row[f"{which}__late_days"],
        late_points=row[f"{which}__late_points"],
        state=row[f"{which}__marking__state"],
        corrected=row[f"{which}_corrected"],
        latest_withheld=last_withheld and row["last__pk"] != row[f"{which}__pk"],
    )
