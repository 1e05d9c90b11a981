"""What else a generated class has: some report documents, a regrade to look at, an audit log."""

from __future__ import annotations

import datetime as dt
import random

from grader.report import BuildReport, CriterionReport, Report, RubricName
from webapp.accounts.models import User
from webapp.audit.models import Action, AuditEntry
from webapp.cli.generated_rows import Given, engine_score, progress
from webapp.courses.models import Course
from webapp.regrading.models import Regrade, RegradeItem, Which
from webapp.submissions.models import (
    CriterionProgress,
    Marking,
    MarkingReport,
    Priority,
    Standing,
    State,
)

#: Students whose last attempt of each TP has a report.
REPORTED = 20
AUDIT_PER_STUDENT = 3


def add_reports(given: list[Given]) -> None:
    MarkingReport.objects.bulk_create(
        MarkingReport(marking=marking, document=_document(tp, marking).to_json())
        for tp in given
        for marking in _last_markings(tp)[:REPORTED]
    )


def _last_markings(tp: Given) -> list[Marking]:
    standings = Standing.objects.filter(assignment=tp.assignment, last__marking__state=State.GRADED)
    standings = standings.select_related("last__marking__submission").order_by("student")
    standings = standings.prefetch_related("last__marking__progress")
    return [each.last.marking for each in standings if each.last]


def _document(tp: Given, marking: Marking) -> Report:
    criteria = tuple(
        CriterionReport(
            id=row.criterion,
            title=row.criterion,
            verdict=row.verdict,
            points=row.points,
            max_points=row.max_points,
            feedback="" if row.verdict == "pass" else "The third shell read 'b' before 'a'.",
        )
        for row in marking.progress.all()
    )
    assert marking.submission is not None
    return Report(
        status="graded",
        tp=tp.assignment.tp,
        rubric=RubricName(id=tp.assignment.tp, version=tp.rubric.number),
        image="generated",
        seed=marking.submission.seed,
        score=marking.score,
        max_score=tp.full,
        criteria=criteria,
        build=BuildReport(ok=True),
    )


def add_regrade(tp: Given, author: User, now: dt.datetime, rng: random.Random) -> None:
    """Everybody's latest attempt marked again, nothing applied. As after a changed check: one
    criterion comes out otherwise, for one student in four.
    """
    old = _last_markings(tp)
    drawn = [_changed(marking, rng) for marking in old]
    new = Marking.objects.bulk_create(
        Marking(
            submission=marking.submission,
            rubric=tp.rubric,
            priority=Priority.REGRADE,
            state=State.GRADED,
            queued_at=now,
            started_at=now,
            finished_at=now,
            score=engine_score(tp, verdicts),
            max_score=tp.full,
        )
        for marking, verdicts in zip(old, drawn, strict=True)
    )
    CriterionProgress.objects.bulk_create(
        row
        for marking, verdicts in zip(new, drawn, strict=True)
        for row in progress(marking, tp, verdicts)
    )
    regrade = Regrade.objects.create(
        assignment=tp.assignment, rubric=tp.rubric, which=Which.LATEST, note="generated",
        author=author, created_at=now,
    )  # fmt: skip
    RegradeItem.objects.bulk_create(
        RegradeItem(regrade=regrade, submission=before.submission, old=before, new=after)
        for before, after in zip(old, new, strict=True)
    )


def _changed(marking: Marking, rng: random.Random) -> tuple[str, ...]:
    verdicts = [row.verdict for row in marking.progress.all()]
    if rng.random() < 0.25:
        middle = len(verdicts) // 2
        verdicts[middle] = "fail" if verdicts[middle] == "pass" else "pass"
    return tuple(verdicts)


def add_audit(course: Course, actor: User, students: int, now: dt.datetime) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(
            course=course,
            actor=actor,
            action=Action.POINTS_SET,
            target=f"attempt {number}",
            reason="shown in the session",
            detail={"old": 0, "new": 1.5},
            at=now - dt.timedelta(minutes=number),
        )
        for number in range(students * AUDIT_PER_STUDENT)
    )
