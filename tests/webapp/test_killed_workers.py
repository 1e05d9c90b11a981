"""A worker killed at any point: the same mark later, never a lost or a doubled one.

Real Redis, real worker processes, real SIGKILL; the engine alone is a paced one.
"""

from __future__ import annotations

import os
import signal

import pytest
from django.utils import timezone

from tests.webapp.support.fixtures import MODULE, School, marking_of
from tests.webapp.support.paced import POINTS, Desk, expected
from tests.webapp.support.queue import Redis, eventually
from tests.webapp.support.workers import StartWorker
from webapp.submissions import claims, dispatch
from webapp.submissions.models import CriterionProgress, Marking, MarkingReport, State, Submission


def state(submission: Submission) -> str:
    return marking_of(submission).state


def assert_marked_once(submission: Submission) -> None:
    marking = Marking.objects.get(submission=submission)
    due = expected(submission.seed)
    assert marking.state == State.GRADED
    assert marking.score == due.score
    assert MarkingReport.objects.get(marking=marking).document == due.to_json()
    rows = CriterionProgress.objects.filter(marking=marking)
    assert [(row.criterion, row.verdict) for row in rows] == [
        (each.id, each.verdict) for each in due.criteria
    ]


@pytest.mark.parametrize("victim", ["whole worker", "its child"])
@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_any_point(
    shared_school: School, start_worker: StartWorker, desk: Desk, point: str, victim: str
) -> None:
    desk.prepare(point)
    worker = start_worker()
    submission = shared_school.submit()
    child = desk.wait_for_stop()
    if victim == "its child":
        os.kill(child, signal.SIGKILL)
    else:
        worker.kill()
        worker = start_worker()
    eventually(lambda: state(submission) == State.GRADED, f"marked after a kill at {point}")
    # A second submission goes through after it: nothing of the first is left in the way.
    after = shared_school.submit(MODULE + b"\n")
    eventually(lambda: state(after) == State.GRADED, "the next one is marked too")
    assert_marked_once(submission)
    assert_marked_once(after)
    in_vain = 0 if point in {"received", "claimed", "stored"} else 1
    assert desk.times_marked() == 2 + in_vain


def test_an_upload_without_redis_is_stored_and_marked_when_it_is_back(
    shared_school: School, own_redis: Redis, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare()
    own_redis.stop()
    submission = shared_school.submit()
    assert marking_of(submission).sent_at is None
    own_redis.start()
    start_worker()
    eventually(lambda: state(submission) == State.GRADED, "marked once Redis is back")
    assert_marked_once(submission)


def test_messages_that_redis_lost_are_sent_again(
    shared_school: School, own_redis: Redis, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare()
    submission = shared_school.submit()
    own_redis.stop()
    own_redis.start()
    assert dispatch.messages_waiting() == 0
    Marking.objects.update(sent_at=timezone.now() - dispatch.LOST_AFTER * 2)
    start_worker()
    eventually(lambda: state(submission) == State.GRADED, "marked though its message was lost")
    assert_marked_once(submission)


def test_redis_going_away_under_a_worker_does_not_lose_a_mark(
    shared_school: School, own_redis: Redis, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare("half-way")
    worker = start_worker()
    submission = shared_school.submit()
    desk.wait_for_stop()
    own_redis.stop()
    worker.kill()
    own_redis.start()
    start_worker()
    eventually(lambda: state(submission) == State.GRADED, "marked after both were gone")
    assert_marked_once(submission)


def test_a_fault_of_the_platform_is_tried_again(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare(faults=2)
    start_worker()
    submission = shared_school.submit()
    eventually(lambda: state(submission) == State.GRADED, "marked at the third try")
    assert marking_of(submission).failures == 2
    assert_marked_once(submission)


def test_after_too_many_faults_the_mark_is_withheld_until_an_instructor_asks_again(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare(faults=5)
    start_worker()
    submission = shared_school.submit()
    eventually(lambda: state(submission) == State.ERROR, "given up after five faults")
    marking = marking_of(submission)
    assert marking.score is None
    assert "QEMU ended" in marking.last_fault
    assert claims.start_over(marking, timezone.now())
    eventually(lambda: state(submission) == State.GRADED, "marked when asked again")
    assert_marked_once(submission)
