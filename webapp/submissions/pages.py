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
from webapp.submissions import presentation, services
from webapp.submissions.estimates import waits_for
from webapp.submissions.models import Mark, Marking, MarkingReport, State, Submission


@dataclass(frozen=True)
class ProgressRow:
    title: str
    state: str
    points: float
    max_points: float


@dataclass(frozen=True)
class LivePart:
    """``phase``: waiting, running, interrupted, graded or withheld. ``mark``: what counts, after
    corrections and the late policy. ``wait``: until there is one, if that can be told.
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
    result: presentation.ResultView | None
    sources: tuple[presentation.SourceView, ...]
    history: tuple[Mark, ...]

    @property
    def percent(self) -> int:
        """Of the full mark, for the ring."""
        if self.mark is None or not self.mark.max_score or self.mark.score is None:
            return 0
        return round(100 * self.mark.score / self.mark.max_score)

    @property
    def passed(self) -> int:
        criteria = self.result.criteria if self.result else ()
        return sum(1 for each in criteria if each.verdict == "pass")

    @property
    def lost(self) -> tuple[presentation.CriterionView, ...]:
        """Criteria that took points, for the links under the mark."""
        criteria = self.result.criteria if self.result else ()
        return tuple(each for each in criteria if each.verdict != "pass")


def live_part(viewed: services.Viewed, language: str, now: dt.datetime) -> LivePart:
    submission = viewed.submission
    marking = services.shown_marking(submission)
    phase = _phase(marking, now)
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
        mark=Mark.objects.filter(submission=submission).select_related("marking").first(),
    )


def submission_page(viewed: services.Viewed, language: str, now: dt.datetime) -> SubmissionPage:
    live = live_part(viewed, language, now)
    files = [
        presentation.StoredFile(file.pk, file.path, bytes(file.data))
        for file in viewed.submission.files.all()
    ]
    report = stored_report(live.marking) if live.is_final else None
    shown = presentation.result(report, files, language) if report else None
    return SubmissionPage(
        **{name: getattr(live, name) for name in LivePart.__dataclass_fields__},
        result=shown,
        sources=shown.sources if shown else presentation.sources_only(files),
        history=tuple(services.history(viewed.submission.student, viewed.submission.assignment)),
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


def _phase(marking: Marking | None, now: dt.datetime) -> str:
    if marking is None:
        return "withheld"
    if marking.state == State.GRADED:
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
