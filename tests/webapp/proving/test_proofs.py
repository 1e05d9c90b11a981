"""Trying a rubric version on the known modules of its TP."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.webapp.support.fixtures import School, finish
from tests.webapp.support.proving import Tp, break_down, end, end_as_due, known
from webapp.audit.models import Action, AuditEntry
from webapp.proving.gate import Against
from webapp.proving.known_modules import retire
from webapp.proving.models import Proof, ProofRun
from webapp.proving.proofs import NothingToProve, latest_proof, start, try_again
from webapp.proving.publishing import against
from webapp.submissions import claims
from webapp.submissions.models import Mark, Marking, Priority, State


def kinds(tp: Tp) -> set[Against]:
    return {each.against for each in against(tp.version, "en")}


def test_a_proof_queues_every_known_module_with_the_version(tp: Tp) -> None:
    proof = tp.prove()

    markings = Marking.objects.filter(proof_run__proof=proof).order_by("pk")
    assert [each.known_module.name for each in markings if each.known_module] == [
        "reference", "kfifo", "first-half", "second-half",
    ]  # fmt: skip
    assert {each.rubric for each in markings} == {tp.version}
    assert {(each.state, each.priority, each.is_shown) for each in markings} == {
        (State.QUEUED, Priority.PROOF, False)
    }


def test_what_is_handed_in_is_marked_before_a_proof(tp: Tp) -> None:
    tp.prove()
    submission = tp.school.submit()

    claim = claims.claim_next(timezone.now())

    assert claim is not None
    assert Marking.objects.get(pk=claim.marking_id).submission == submission


def test_a_proof_changes_no_mark(tp: Tp) -> None:
    submission = tp.school.submit()
    finish(submission)
    before = Mark.objects.values().get()

    tp.proven()

    assert Mark.objects.values().get() == before


def test_a_retired_module_is_not_tried(tp: Tp) -> None:
    module = known(tp.school, "old", "tp1.order")
    retire(module, tp.school.instructor, timezone.now())

    assert "old" not in tp.runs(tp.prove())


def test_starting_twice_is_starting_once_until_it_has_ended(tp: Tp) -> None:
    first = tp.prove()
    assert tp.prove() == first
    assert Marking.objects.count() == 4

    for run in tp.runs(first).values():
        end_as_due(run)

    assert tp.prove() != first


def test_a_proof_that_is_stale_can_be_made_again_at_once(tp: Tp) -> None:
    first = tp.prove()
    known(tp.school, "one-more", "tp1.order")

    second = tp.prove()

    assert second != first
    assert len(tp.runs(second)) == 5


def test_without_known_modules_there_is_nothing_to_start(school: School) -> None:
    version = school.assignment.rubric_versions.get()

    with pytest.raises(NothingToProve, match="no known modules"):
        start(version, school.instructor, timezone.now())
    assert not Proof.objects.exists()


def test_a_right_proof_leaves_nothing_to_object(tp: Tp) -> None:
    tp.proven()

    assert against(tp.version, "en") == []


def test_the_latest_proof_of_the_version_itself_counts(tp: Tp) -> None:
    assert kinds(tp) == {Against.NO_PROOF}
    tp.proven()
    start(tp.school.assignment.rubric_versions.get(number=1), tp.school.instructor, timezone.now())
    assert kinds(tp) == set()
    tp.prove()
    assert kinds(tp) == {Against.UNFINISHED}


def test_a_marking_that_ends_differently_is_objected_to_by_name(tp: Tp) -> None:
    proof = tp.prove()
    runs = tp.runs(proof)
    end(runs["kfifo"], order="fail")
    for name in ("reference", "first-half", "second-half"):
        end_as_due(runs[name])

    (found,) = against(tp.version, "en")

    assert found.against == Against.REFERENCE_LOST
    assert "kfifo" in found.sentence and "tp1.order" in found.sentence


@pytest.mark.parametrize("change", ["added", "retired"])
def test_a_change_of_the_known_modules_makes_a_proof_stale(tp: Tp, change: str) -> None:
    tp.proven()
    if change == "added":
        known(tp.school, "one-more", "tp1.order")
    else:
        module = tp.school.assignment.known_modules.get(name="kfifo")
        retire(module, tp.school.instructor, timezone.now())

    assert kinds(tp) == {Against.STALE}


def test_a_fault_of_the_platform_is_told_and_can_be_tried_again(tp: Tp) -> None:
    runs = tp.runs(tp.prove())
    for name in ("kfifo", "first-half", "second-half"):
        end_as_due(runs[name])
    break_down(runs["reference"])
    (found,) = against(tp.version, "en")
    assert found.against == Against.PLATFORM
    assert "reference" in found.sentence and "QEMU ended" in found.sentence

    run = latest_run(tp, "reference")
    assert try_again(run, tp.school.instructor, timezone.now())
    assert kinds(tp) == {Against.UNFINISHED}
    entry = AuditEntry.objects.get(action=Action.MARKED_AGAIN)
    assert (entry.actor, entry.course) == (tp.school.instructor, tp.school.course)
    assert entry.detail["fault"].startswith("QEMU ended")

    end_as_due(latest_run(tp, "reference"))
    assert kinds(tp) == set()


def test_what_was_marked_is_not_tried_again(tp: Tp) -> None:
    tp.proven()

    assert not try_again(latest_run(tp, "kfifo"), tp.school.instructor, timezone.now())
    assert not AuditEntry.objects.exists()


def test_a_module_whose_worker_died_is_still_to_be_marked(tp: Tp) -> None:
    runs = tp.runs(tp.prove())
    now = timezone.now()
    assert claims.claim(runs["reference"].marking_id, now)
    claims.release_expired(now + dt.timedelta(hours=1))

    assert kinds(tp) == {Against.UNFINISHED}


def latest_run(tp: Tp, name: str) -> ProofRun:
    loaded = latest_proof(tp.version)
    assert loaded is not None
    return tp.runs(loaded.proof)[name]
