"""Putting together what the submission page and its live part show."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from pydantic import ValidationError

from grader.errors import RingmarkError
from grader.report import Report
from grader.rubric import Rubric
from webapp.courses.models import Assignment
from webapp.rubrics.texts import summaries
from webapp.submissions import by_hand, former, presentation, services, tries
from webapp.submissions.downloads import addresses
from webapp.submissions.estimates import waits_for
from webapp.submissions.marks import CriterionMark, corrections_of, criterion_marks
from webapp.submissions.models import Mark, Marking, MarkingReport, State, Submission


@dataclass(frozen=True)
class ProgressRow:
    criterion: str
    title: str
    state: str
    points: float
    max_points: float


@dataclass(frozen=True)
class LivePart:
    """``phase``: waiting, running, interrupted, graded or withheld. ``mark``: what counts, after
    corrections and the late policy; a withheld one that was completed by hand counts as graded.
    ``wait``: until there is a mark, if that can be told.
    """

    submission: Submission
    assignment: Assignment
    as_instructor: bool
    marking: Marking | None
    phase: str
    ahead: int
    wait: dt.timedelta | None
    decided: int
    rows: tuple[ProgressRow, ...]
    mark: Mark | None

    @property
    def is_final(self) -> bool:
        return self.marking is None or self.marking.is_final

    @property
    def stamp(self) -> str:
        """Changes whenever something shown changes."""
        done = self.marking.checks_done if self.marking else 0
        shown = repr((self.phase, self.ahead, done, self.rows))
        return hashlib.sha256(shown.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class SubmissionPage(LivePart):
    """``criteria``: also of a marking without a report. ``sum``: how the mark came about."""

    result: presentation.ResultView | None
    criteria: tuple[presentation.CriterionView, ...]
    comments: tuple[by_hand.CommentView, ...]
    sum: by_hand.Sum | None
    sources: tuple[presentation.SourceView, ...]
    history: tuple[Mark, ...]
    offer: tries.Offer | None
    formers: tuple[Marking, ...]

    @property
    def downloads(self) -> dict[str, str]:
        return addresses("download", self.submission.pk)

    @property
    def percent(self) -> int:
        """Of the full mark, for the ring."""
        if self.mark is None or not self.mark.max_score or self.mark.score is None:
            return 0
        return round(100 * self.mark.score / self.mark.max_score)

    @property
    def passed(self) -> int:
        return sum(1 for each in self.criteria if each.verdict == "pass")

    @property
    def lost(self) -> tuple[presentation.CriterionView, ...]:
        """Criteria that took points, for the links under the mark."""
        return tuple(each for each in self.criteria if each.costs)

    @property
    def has_before(self) -> bool:
        """Is there another to compare it with?"""
        if not self.submission.is_try:
            return self.submission.attempt > 1
        return any(mark.submission.pk < self.submission.pk for mark in self.history)

    @property
    def was_withheld(self) -> bool:
        """Also one that was completed by hand since: it can still be marked again."""
        return self.marking is None or self.marking.state == State.ERROR


def live_part(viewed: services.Viewed, language: str, now: dt.datetime) -> LivePart:
    submission = viewed.submission
    marking = services.shown_marking(submission)
    mark = _mark(submission, marking)
    phase = _phase(marking, mark, now)
    rows = _rows(marking, language) if marking else ()
    queued = marking is not None and marking.state == State.QUEUED
    ahead = services.ahead_of(marking) if marking and queued else 0
    return LivePart(
        submission=submission,
        assignment=submission.assignment,
        as_instructor=viewed.as_instructor,
        marking=marking,
        phase=phase,
        ahead=ahead,
        wait=waits_for(marking, ahead) if marking and queued else None,
        decided=sum(1 for row in rows if row.state not in {"waiting", "busy"}),
        rows=rows,
        mark=mark,
    )


def submission_page(viewed: services.Viewed, language: str, now: dt.datetime) -> SubmissionPage:
    live = live_part(viewed, language, now)
    files = [
        presentation.StoredFile(file.pk, file.path, bytes(file.data))
        for file in viewed.submission.files.all()
    ]
    report = stored_report(live.marking) if live.is_final else None
    counted = _counted(live)
    corrections = {
        each.criterion: shown for each in counted if (shown := by_hand.correction_view(each))
    }
    anchors = presentation.line_anchors(file.path for file in files)
    comments = by_hand.comment_views(viewed.submission, anchors)
    shown = presentation.result(report, files, language, corrections, comments) if report else None
    has_mark = live.mark is not None and live.mark.score is not None
    return SubmissionPage(
        **{name: getattr(live, name) for name in LivePart.__dataclass_fields__},
        result=shown,
        criteria=shown.criteria if shown else _without_report(live, counted, corrections),
        comments=comments,
        sum=by_hand.sum_of(live.mark, counted, live.submission) if has_mark else None,
        sources=shown.sources if shown else presentation.sources_only(files, comments),
        history=tuple(_history(viewed.submission)),
        formers=tuple(former.listed(viewed, live.marking)),
        offer=tries.offer(viewed.submission, now) if viewed.submission.is_try else None,
    )


def _history(submission: Submission) -> list[Mark]:
    student, assignment = submission.student, submission.assignment
    return tries.with_tries(
        services.history(student, assignment), tries.tries_of(student, assignment)
    )


def _mark(submission: Submission, marking: Marking | None) -> Mark | None:
    """Of a try, what it would be worth."""
    if submission.is_try:
        return tries.mark_of(marking) if marking else None
    return Mark.objects.filter(submission=submission).select_related("marking").first()


def _counted(live: LivePart) -> list[CriterionMark]:
    """What counts of each criterion, once the marking has ended."""
    if live.marking is None or not live.is_final:
        return []
    return criterion_marks(live.marking, corrections_of(live.submission))


def _without_report(
    live: LivePart,
    counted: list[CriterionMark],
    corrections: dict[str, by_hand.CorrectionView],
) -> tuple[presentation.CriterionView, ...]:
    """The criteria of a withheld marking that left no report, for an instructor to decide."""
    titles = {row.criterion: row.title for row in live.rows}
    return tuple(
        presentation.criterion_only(
            each.criterion,
            titles.get(each.criterion, each.criterion),
            each.verdict or "error",
            (each.points, each.max_points),
            corrections.get(each.criterion),
        )
        for each in counted
    )


def stored_report(marking: Marking | None) -> Report | None:
    """None before there is one, and for a document of a schema that this version cannot read."""
    stored = MarkingReport.objects.filter(marking=marking).first() if marking else None
    if stored is None:
        return None
    try:
        return Report.model_validate_json(stored.document)
    except ValidationError:
        return None


def _phase(marking: Marking | None, mark: Mark | None, now: dt.datetime) -> str:
    if marking is None:
        return "withheld"
    completed = marking.state == State.ERROR and mark is not None and mark.score is not None
    if marking.state == State.GRADED or completed:
        return "graded"
    if marking.state == State.ERROR:
        return "withheld"
    if marking.is_interrupted(now) or (marking.state == State.QUEUED and marking.failures):
        return "interrupted"
    return "waiting" if marking.state == State.QUEUED else "running"


def _rows(marking: Marking, language: str) -> tuple[ProgressRow, ...]:
    """The rubric's criteria with what is known of each; their ids where the rubric is gone."""
    known = {row.criterion: row for row in marking.progress.all()}
    texts = summaries(_rubric(marking), language)
    titles = {each.id: each.title for each in texts}
    points = {each.id: each.points for each in texts}
    rows = []
    for criterion in known or titles:
        row = known.get(criterion)
        state = "waiting"
        if row and marking.state != State.QUEUED:
            state = row.verdict or ("busy" if row.busy else "waiting")
        rows.append(
            ProgressRow(
                criterion=criterion,
                title=titles.get(criterion, criterion),
                state=state,
                points=row.points if row else 0,
                max_points=points.get(criterion, row.max_points if row else 0),
            )
        )
    return tuple(rows)


def _rubric(marking: Marking) -> Rubric | None:
    """The rubric that it is marked with; None for one that cannot be read any more."""
    try:
        return marking.rubric.parsed
    except RingmarkError:
        return None
