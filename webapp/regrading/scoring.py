"""What counts before and after, for every submission of a regrade.

A :class:`Mark` says what is shown now. What it would be is worked out by ``marks.worth``, the
function that :func:`marks.settle` uses, so both agree (tests/webapp/regrading/test_would_be.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from webapp.courses.models import Assignment
from webapp.regrading.models import Regrade, RegradeItem
from webapp.submissions.marks import CriterionMark, worth
from webapp.submissions.models import FINAL, Correction, CorrectionKind, Marking, State
from webapp.submissions.settling import AT_ONCE, slices, worths


@dataclass(frozen=True)
class Scored:
    """An item with what counts with the marking it is compared with (``base``: what is shown, or
    what was shown before it was applied) and with the new one. Scores are None while withheld or
    not marked.

    ``moved``: not applied, and something else is shown than when it was asked for.
    ``replaced``: applied, and something else is shown since.
    ``busy``: what is shown is waiting or being marked at this moment.
    """

    item: int
    submission: int
    student: int
    base: int
    new: int
    state: str
    old_score: float | None
    new_score: float | None
    applied_at: dt.datetime | None
    moved: bool
    replaced: bool
    busy: bool

    @property
    def is_done(self) -> bool:
        return self.state == State.GRADED

    @property
    def difference(self) -> float:
        """A mark that was withheld before is won as a whole."""
        return (self.new_score or 0) - (self.old_score or 0)

    @property
    def comparable(self) -> bool:
        return self.old_score is not None and self.new_score is not None


@dataclass
class _Outcome:
    state: str
    score: float | None
    max_score: float | None


_COLUMNS = (
    "pk", "submission", "submission__student", "old", "new", "applied_at",
    "new__state", "new__score", "new__max_score", "old__state", "old__score", "old__max_score",
    "submission__mark__marking", "submission__mark__marking__state", "submission__mark__score",
    "submission__mark__late_days",
)  # fmt: skip


def scored(
    regrade: Regrade, among: Collection[int] | None = None, done: bool = False
) -> list[Scored]:
    """In the items' order: all, those named, those that are done. The number of queries does not
    grow with the class, but by five for every ``AT_ONCE`` submissions that are corrected by hand.
    """
    items = RegradeItem.objects.filter(regrade=regrade).order_by("pk")
    if done:
        items = items.filter(new__state=State.GRADED)
    if among is not None and len(among) <= AT_ONCE:
        items = items.filter(pk__in=among)
    by_hand = _corrected(regrade)
    rows = [
        _row(values, regrade.assignment, by_hand)
        for values in items.values_list(*_COLUMNS)
        if among is None or values[0] in among
    ]
    return _by_hand(regrade, rows, by_hand) if by_hand else rows


def _row(values: tuple, assignment: Assignment, by_hand: set[int]) -> Scored:  # type: ignore[type-arg]
    (
        item, submission, student, old, new, applied_at, state, score, max_score,
        old_state, old_score, old_max, shown, shown_state, shown_score, late_days,
    ) = values  # fmt: skip

    def counts(marking: int, outcome: _Outcome) -> float | None:
        if marking == shown:
            return shown_score  # type: ignore[no-any-return]
        if submission in by_hand:
            return None  # filled in by _by_hand
        return uncorrected(outcome, late_days, assignment.late_points_per_day)

    base = old if applied_at else shown
    return Scored(
        item=item,
        submission=submission,
        student=student,
        base=base,
        new=new,
        state=state,
        old_score=counts(base, _Outcome(old_state, old_score, old_max)),
        new_score=counts(new, _Outcome(state, score, max_score)),
        applied_at=applied_at,
        moved=applied_at is None and shown != old,
        replaced=applied_at is not None and shown != new,
        busy=shown_state not in FINAL,
    )


def uncorrected(marking: _Outcome, late_days: int, points_per_day: float) -> float | None:
    """What a marking is worth without corrections, without reading its criteria: their points are
    the engine's score. Withheld, it is worth nothing yet.
    """
    if marking.state != State.GRADED or marking.score is None:
        return None
    whole = CriterionMark("", "pass", marking.score, marking.score, marking.max_score or 0.0)
    score = worth(marking, [whole], late_days, points_per_day)["score"]
    return None if score is None else float(score)


def _corrected(regrade: Regrade) -> set[int]:
    """Submissions of which a criterion is decided by hand."""
    found = Correction.objects.filter(submission__regrades__regrade=regrade, withdrawn_at=None)
    return set(found.order_by().values_list("submission", flat=True))


def _by_hand(regrade: Regrade, rows: list[Scored], by_hand: set[int]) -> list[Scored]:
    """Those rows again, worked out criterion by criterion."""
    wanted = sorted(
        {marking for row in rows if row.submission in by_hand for marking in (row.base, row.new)}
    )
    worth_of: dict[int, float | None] = {}
    for part in slices(wanted, AT_ONCE):
        markings = list(Marking.objects.filter(pk__in=part))
        for marking, values in worths(regrade.assignment, markings).items():
            worth_of[marking] = values["score"]
    return [
        Scored(
            **{
                **row.__dict__,
                "old_score": worth_of[row.base],
                "new_score": worth_of[row.new],
            }
        )
        if row.submission in by_hand
        else row
        for row in rows
    ]


def held_by_hand(submissions: Iterable[int]) -> dict[int, set[str]]:
    """Criteria whose points an instructor set, by submission: they hold after a regrade too."""
    found: dict[int, set[str]] = {}
    rows = Correction.objects.filter(
        submission__in=submissions, withdrawn_at=None, kind=CorrectionKind.POINTS
    )
    for submission, criterion in rows.order_by().values_list("submission", "criterion"):
        found.setdefault(submission, set()).add(criterion)
    return found
