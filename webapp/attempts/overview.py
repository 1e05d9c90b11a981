"""Every criterion over the attempts: what was passed when. The number of queries is fixed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from webapp.accounts.models import User
from webapp.courses.models import Assignment
from webapp.rubrics.texts import summaries
from webapp.rubrics.versions import current_rubric
from webapp.submissions import services, tries
from webapp.submissions.models import CriterionProgress, Mark

#: Attempts that have a column; the latest.
MOST_COLUMNS = 12
#: Size of the chart, in SVG units.
WIDTH, HEIGHT, EDGE = 640.0, 120.0, 8.0


@dataclass(frozen=True)
class CriterionRow:
    """``verdicts``: one for each shown attempt, oldest first; empty where it had no such."""

    id: str
    title: str
    verdicts: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """A mark in the chart."""

    x: float
    y: float
    mark: Mark


@dataclass(frozen=True)
class AttemptsPage:
    """``marks``: of the shown attempts and tries, oldest first; ``points``: of all attempts that
    have a score.
    """

    marks: tuple[Mark, ...]
    rows: tuple[CriterionRow, ...]
    hidden: int
    last: Mark | None
    best: Mark | None
    points: tuple[Point, ...]
    tries: int

    @property
    def line(self) -> str:
        """The chart's line, as SVG's ``points``."""
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)


def attempts_page(
    student: User, assignment: Assignment, language: str, without_tries: bool = False
) -> AttemptsPage:
    attempts = services.history(student, assignment)
    tried = tries.tries_of(student, assignment)
    every = attempts if without_tries else tries.with_tries(attempts, tried)
    every = list(reversed(every))
    shown = every[-MOST_COLUMNS:]
    scored = [mark for mark in reversed(attempts) if mark.score is not None]
    return AttemptsPage(
        marks=tuple(shown),
        rows=tuple(_rows(shown, assignment, language)),
        hidden=len(every) - len(shown),
        last=attempts[0] if attempts else None,
        best=max(scored, key=lambda m: (m.score, m.submission.attempt), default=None),
        points=tuple(_points(scored)),
        tries=len(tried),
    )


def _rows(marks: list[Mark], assignment: Assignment, language: str) -> list[CriterionRow]:
    verdicts: dict[str, dict[int, str]] = defaultdict(dict)
    progress = CriterionProgress.objects.filter(marking__in=[mark.marking_id for mark in marks])
    for criterion, marking, verdict in progress.values_list("criterion", "marking", "verdict"):
        verdicts[criterion][marking] = verdict
    titles = {each.id: each.title for each in summaries(current_rubric(assignment), language)}
    # The rubric's order; what an older version had besides comes last.
    names = [*titles, *(name for name in verdicts if name not in titles)]
    return [
        CriterionRow(
            id=name,
            title=titles.get(name, name),
            verdicts=tuple(verdicts[name].get(mark.marking_id, "") for mark in marks),
        )
        for name in names
    ]


def _points(marks: list[Mark]) -> list[Point]:
    step = (WIDTH - 2 * EDGE) / max(1, len(marks) - 1)
    room = HEIGHT - 2 * EDGE
    return [
        Point(
            x=round(EDGE + number * step, 1),
            y=round(HEIGHT - EDGE - room * (mark.score or 0) / (mark.max_score or 1), 1),
            mark=mark,
        )
        for number, mark in enumerate(marks)
    ]
