"""A proof goes through the real queue: a worker killed in the middle of it changes nothing.

Real Redis, real worker processes, real SIGKILL; the engine alone is a paced one, which loses in a
module what the bits of its seed say.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.webapp.support.fixtures import School
from tests.webapp.support.paced import Desk, expected
from tests.webapp.support.proving import Tp, known, new_version, version_1
from tests.webapp.support.queue import Redis, eventually
from tests.webapp.support.workers import StartWorker
from webapp.proving.gate import Against
from webapp.proving.models import Proof
from webapp.proving.proofs import try_again
from webapp.proving.publishing import against
from webapp.submissions.models import CriterionProgress, Marking, MarkingReport, State


@pytest.fixture
def tp(shared_school: School) -> Tp:
    """Two references and two defective modules; the paced marker gives each what it is due."""
    criteria = [each.id for each in version_1(shared_school).parsed.criteria]
    half = len(criteria) // 2
    known(shared_school, "reference", reference=True, seed=0)
    known(shared_school, "second", reference=True, seed=1 << len(criteria))
    known(shared_school, "first-half", *criteria[:half], seed=(1 << half) - 1)
    rest = sum(1 << bit for bit in range(half, len(criteria)))
    known(shared_school, "rest", *criteria[half:], seed=rest)
    return Tp(shared_school, new_version(shared_school))


def states(proof: Proof) -> list[str]:
    markings = Marking.objects.filter(proof_run__proof=proof).order_by("pk")
    return [str(state) for state in markings.values_list("state", flat=True)]


def has_ended(proof: Proof) -> bool:
    return set(states(proof)) == {State.GRADED}


def assert_right(tp: Tp, proof: Proof) -> None:
    for run in tp.runs(proof).values():
        due = expected(run.module.seed, tp.version.parsed)
        assert MarkingReport.objects.get(marking=run.marking_id).document == due.to_json()
        rows = CriterionProgress.objects.filter(marking=run.marking_id)
        assert [(row.criterion, row.verdict) for row in rows] == [
            (each.id, each.verdict) for each in due.criteria
        ]
    assert against(tp.version, "en") == []


@pytest.mark.parametrize("point", ["claimed", "half-way", "stored"])
def test_a_worker_killed_in_the_middle_of_a_proof(
    tp: Tp, start_worker: StartWorker, desk: Desk, point: str
) -> None:
    desk.prepare(point)
    worker = start_worker()
    proof = tp.prove()
    desk.wait_for_stop()
    assert not has_ended(proof)
    assert {each.against for each in against(tp.version, "en")} == {Against.UNFINISHED}

    worker.kill()
    start_worker()

    eventually(lambda: has_ended(proof), f"proven after a kill at {point}")
    assert_right(tp, proof)
    assert desk.times_marked() == 4 + (1 if point == "half-way" else 0)


def test_a_proof_started_without_redis_is_made_when_it_is_back(
    tp: Tp, own_redis: Redis, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare()
    own_redis.stop()
    proof = tp.prove()
    assert states(proof) == [State.QUEUED] * 4
    own_redis.start()
    start_worker()

    eventually(lambda: has_ended(proof), "proven once Redis is back")
    assert_right(tp, proof)


def test_what_is_handed_in_meanwhile_is_marked_before_the_rest_of_the_proof(
    tp: Tp, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare("half-way")
    worker = start_worker()
    proof = tp.prove()
    desk.wait_for_stop()
    submission = tp.school.submit()
    worker.kill()
    start_worker()

    eventually(lambda: has_ended(proof), "proven with a hand-in between")
    handed_in = Marking.objects.get(submission=submission)
    last = Marking.objects.filter(proof_run__proof=proof).order_by("-started_at").first()
    assert handed_in.state == State.GRADED and last is not None
    assert handed_in.started_at is not None and last.started_at is not None
    assert handed_in.started_at < last.started_at
    assert_right(tp, proof)


def test_a_platform_that_fails_for_long_is_told_and_the_proof_ends_when_asked_again(
    tp: Tp, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare(faults=20)
    start_worker()
    proof = tp.prove()
    eventually(lambda: set(states(proof)) == {State.ERROR}, "given up after five faults each")
    found = against(tp.version, "en")
    assert [each.against for each in found][:4] == [Against.PLATFORM] * 4
    assert "QEMU ended" in found[0].sentence

    for run in tp.runs(proof).values():
        assert try_again(run, tp.school.instructor, timezone.now())

    eventually(lambda: has_ended(proof), "proven when asked again")
    assert_right(tp, proof)
