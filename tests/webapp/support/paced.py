"""A marker and settings for real worker processes: stops at a chosen point until it is killed.

Only the engine is replaced; claims, queue, progress and storage are the real ones. What the mark
will be follows from the seed, as with the engine.
"""

from __future__ import annotations

import os
from pathlib import Path

from celery.signals import task_postrun, task_prerun

from grader import events
from grader.errors import PlatformFault
from grader.intake import SourceTree
from grader.report import CriterionReport, Report
from grader.rubric import Rubric
from tests.webapp.support import reports

#: In the order in which a marking comes to them.
POINTS = ("received", "claimed", "begun", "half-way", "decided", "stored")


class Desk:
    """A folder through which the test talks to the worker."""

    def __init__(self, folder: Path) -> None:
        self.stop_at = folder / "stop-at"
        self.stopped = folder / "stopped"
        self.never = folder / "never"
        self.marked = folder / "marked"
        self.faults = folder / "faults"

    def prepare(self, point: str = "", faults: int = 0) -> None:
        os.mkfifo(self.stopped)
        os.mkfifo(self.never)
        self.marked.touch()
        self.faults.write_text("x" * faults)
        if point:
            self.stop_at.write_text(point)

    def wait_for_stop(self) -> int:
        """The process that stopped; blocks until one has."""
        return int(self.stopped.read_text())

    def times_marked(self) -> int:
        return len(self.marked.read_text())

    def pass_by(self, point: str) -> None:
        """The worker's side: stop here for good, if this is the point, and only once."""
        if self.stop_at.exists() and self.stop_at.read_text() == point:
            self.stop_at.unlink()
            self.stopped.write_text(str(os.getpid()))
            self.never.read_text()


def desk() -> Desk:
    return Desk(Path(os.environ["RINGMARK_TEST_DESK"]))


def expected(seed: int, rubric: Rubric | None = None) -> Report:
    """Which criteria are lost is in the seed's bits."""
    perfect = reports.report("perfect", seed, rubric)
    criteria = tuple(
        _lost(each) if seed >> bit & 1 else each for bit, each in enumerate(perfect.criteria)
    )
    score = sum(each.points for each in criteria)
    return perfect.model_copy(update={"criteria": criteria, "score": score})


def _lost(criterion: CriterionReport) -> CriterionReport:
    return criterion.model_copy(update={"verdict": "fail", "points": 0.0})


class PacedMarker:
    def identity(self) -> str:
        return "paced"

    def mark(
        self,
        tree: SourceTree,
        rubric: Rubric,
        seed: int,
        on_event: events.Listener,
        attribute: str,
    ) -> Report:
        desk().pass_by("claimed")
        with desk().marked.open("a") as log:
            log.write("x")
        left = desk().faults.read_text()
        if left:
            desk().faults.write_text(left[1:])
            raise PlatformFault("QEMU ended before it answered")
        report = expected(seed, rubric)
        ids = tuple(each.id for each in rubric.criteria)
        on_event(events.Started(criteria=ids, checks=len(ids)))
        desk().pass_by("begun")
        for number, criterion in enumerate(report.criteria):
            on_event(events.CheckStarted(check=criterion.id, criterion=criterion.id))
            on_event(
                events.CheckFinished(criterion.id, criterion.id, criterion.verdict, seconds=0.1)
            )
            on_event(events.CriterionDecided(criterion))
            if number == len(ids) // 2:
                desk().pass_by("half-way")
        desk().pass_by("decided")
        return report

    def close(self) -> None:
        pass


@task_prerun.connect(weak=False)
def _received(**_: object) -> None:
    if "RINGMARK_TEST_DESK" in os.environ:
        desk().pass_by("received")


@task_postrun.connect(weak=False)
def _stored(**_: object) -> None:
    """The mark is stored, the message not yet acknowledged (acks late)."""
    if "RINGMARK_TEST_DESK" in os.environ:
        desk().pass_by("stored")
