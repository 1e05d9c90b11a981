"""Marking in this process: what becomes of each way that it can end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from grader import events
from grader.errors import PlatformFault
from grader.intake import SourceTree
from grader.report import Report
from grader.rubric import Rubric
from tests.webapp.support import reports
from tests.webapp.support.fixtures import MODULE, School, marking_of
from webapp.submissions import marking
from webapp.submissions.models import CriterionProgress, MarkingReport, State

Work = Callable[[SourceTree, int, events.Listener], Report]


class Marker:
    """Does what the test says, and remembers what it was asked."""

    def __init__(self, work: Work, engine: str = "engine 1") -> None:
        self._work = work
        self.engine = engine
        self.asked: list[tuple[SourceTree, Rubric, int]] = []

    def identity(self) -> str:
        return self.engine

    def mark(
        self,
        tree: SourceTree,
        rubric: Rubric,
        seed: int,
        on_event: events.Listener,
        attribute: str,
    ) -> Report:
        self.asked.append((tree, rubric, seed))
        return self._work(tree, seed, on_event)

    def close(self) -> None:
        pass


def failing(error: Exception) -> Work:
    def work(tree: SourceTree, seed: int, on_event: events.Listener) -> Report:
        raise error

    return work


def test_the_stored_files_and_seed_are_what_is_marked(shared_school: School) -> None:
    submission = shared_school.submit()
    marker = Marker(lambda tree, seed, on_event: reports.report("perfect", seed))
    assert marking.mark_next(marker) == "graded"
    ((tree, rubric, seed),) = marker.asked
    assert [(file.path, file.data) for file in tree.files] == [("ring.c", MODULE)]
    assert (tree.sha256, seed) == (submission.sha256, submission.seed)
    assert rubric == marking_of(submission).rubric.parsed


def test_a_second_message_for_it_does_nothing(shared_school: School) -> None:
    shared_school.submit()
    marker = Marker(lambda tree, seed, on_event: reports.report("perfect", seed))
    marking.mark_next(marker)
    assert marking.mark_next(marker) == "idle"
    assert len(marker.asked) == 1


@pytest.mark.parametrize(
    "error", [PlatformFault("QEMU ended"), ZeroDivisionError("a bug of ours")], ids=["fault", "bug"]
)
def test_a_fault_puts_it_back_into_the_queue(shared_school: School, error: Exception) -> None:
    submission = shared_school.submit()
    assert marking.mark_next(Marker(failing(error))) == "failed"
    stored = marking_of(submission)
    assert stored.state == State.QUEUED
    assert str(error) in stored.last_fault


def test_a_report_that_withholds_the_mark_is_tried_again(shared_school: School) -> None:
    submission = shared_school.submit()
    marker = Marker(lambda tree, seed, on_event: reports.report("platform", seed))
    assert marking.mark_next(marker) == "failed"
    assert marking_of(submission).state == State.QUEUED
    assert not MarkingReport.objects.exists()


def test_events_of_any_thread_become_progress(shared_school: School) -> None:
    submission = shared_school.submit()

    def work(tree: SourceTree, seed: int, on_event: events.Listener) -> Report:
        report = reports.report("defect", seed)
        on_event(events.Started(tuple(each.id for each in report.criteria), checks=4))
        threads = [
            threading.Thread(target=on_event, args=[events.CriterionDecided(each)])
            for each in report.criteria
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # As a worker that is cut off here: what was told must be in the database.
        raise PlatformFault("cut off")

    marking.mark_next(Marker(work))
    found = dict(CriterionProgress.objects.values_list("criterion", "verdict"))
    assert found["tp1.order"] == "fail"
    assert set(found.values()) == {"pass", "fail"}
    assert marking_of(submission).checks_total == 4
