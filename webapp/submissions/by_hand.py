"""What instructors did by hand as pages show it: corrections, comments, how a mark came about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp.courses.models import Counts
from webapp.submissions.marks import CriterionMark
from webapp.submissions.models import (
    Correction,
    CorrectionKind,
    LineComment,
    Mark,
    Standing,
    Submission,
)


@dataclass(frozen=True)
class CorrectionView:
    id: int
    annulled: bool
    author: str
    at: dt.datetime
    points: float
    max_points: float
    engine_points: float
    reason: str


@dataclass(frozen=True)
class CommentView:
    """``anchor``: of its line on the page; empty where that line is not shown."""

    id: int
    path: str
    line: int
    anchor: str
    text: str
    author: str
    at: dt.datetime


@dataclass(frozen=True)
class Sum:
    """How a mark came about: the checks' points, what was changed by hand, what being late cost.

    ``counting``: the attempt that is the student's mark in this TP; None before there is one.
    """

    engine: float
    by_hand: float
    corrected: int
    late_days: int
    late_points: float
    policy: str
    counting: Mark | None
    is_counting: bool

    @property
    def is_plain(self) -> bool:
        """The engine's mark as it is: nothing to add up."""
        return not (self.corrected or self.late_days)

    @property
    def best_counts(self) -> bool:
        return self.policy == Counts.BEST


def correction_view(mark: CriterionMark) -> CorrectionView | None:
    made = mark.correction
    if made is None:
        return None
    return CorrectionView(
        id=made.pk,
        annulled=made.kind == CorrectionKind.ANNULLED,
        author=_name(made),
        at=made.created_at,
        points=mark.points,
        max_points=mark.max_points,
        engine_points=mark.engine_points,
        reason=made.reason,
    )


def comment_views(
    submission: Submission, anchor: Callable[[str, int], str]
) -> tuple[CommentView, ...]:
    """Those that were not withdrawn, by file and line. ``anchor``: of a line on the page."""
    comments = submission.comments.filter(withdrawn_at=None).select_related("author")
    return tuple(
        CommentView(
            id=each.pk,
            path=each.path,
            line=each.line,
            anchor=anchor(each.path, each.line),
            text=each.text,
            author=_name(each),
            at=each.created_at,
        )
        for each in comments
    )


def sum_of(mark: Mark, criteria: Sequence[CriterionMark], submission: Submission) -> Sum:
    """One query, for the student's standing."""
    assignment = submission.assignment
    engine = sum(each.engine_points for each in criteria)
    standing = (
        Standing.objects.filter(student_id=submission.student_id, assignment=assignment)
        .select_related("best__submission", "last__submission")
        .first()
    )
    counting = None
    if standing:
        counting = standing.best if assignment.counts == Counts.BEST else standing.last
    return Sum(
        engine=engine,
        by_hand=(mark.corrected_score or 0) - engine,
        corrected=sum(1 for each in criteria if each.correction),
        late_days=mark.late_days,
        late_points=mark.late_points,
        policy=assignment.counts,
        counting=counting,
        is_counting=counting == mark,
    )


def _name(made: Correction | LineComment) -> str:
    return made.author.get_full_name() or made.author.username
