"""What a marking says while it runs. One way: nothing flows back.

The web part turns these into page updates, the command line into a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.report import CriterionReport, Verdict


@dataclass(frozen=True)
class Started:
    """Marking has begun. ``criteria`` are the rubric's ids in their order."""

    criteria: tuple[str, ...]
    checks: int


@dataclass(frozen=True)
class BuildFinished:
    ok: bool
    seconds: float


@dataclass(frozen=True)
class CheckStarted:
    check: str
    criterion: str


@dataclass(frozen=True)
class CheckFinished:
    check: str
    criterion: str
    verdict: Verdict
    seconds: float


@dataclass(frozen=True)
class CriterionDecided:
    """Final for this criterion. The report in here has no transcripts yet to keep it small."""

    criterion: CriterionReport


Event = Started | BuildFinished | CheckStarted | CheckFinished | CriterionDecided
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """A listener for callers that want the report alone."""
