"""Starting a proof, and reading what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils.translation import gettext

from grader.errors import RingmarkError
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.courses.models import Assignment
from webapp.proving.gate import Judged, Proven, Tried
from webapp.proving.models import Proof, ProofRun
from webapp.rubrics.known import active_modules
from webapp.rubrics.models import KnownModule, ModuleKind, RubricVersion
from webapp.rubrics.texts import summaries
from webapp.submissions import claims, dispatch
from webapp.submissions.models import CriterionProgress, Marking, Priority, State

FAULT_SHOWN = 300


class NothingToProve(RingmarkError):
    """There is no known module to try the version on, or the version cannot be read."""


@dataclass(frozen=True)
class Loaded:
    """A proof with everything that is asked of it, in three queries."""

    proof: Proof
    runs: tuple[ProofRun, ...]
    progress: dict[int, dict[str, CriterionProgress]]
    """By marking and criterion."""
    known: tuple[KnownModule, ...]
    """Those that a proof would try now."""

    @property
    def is_final(self) -> bool:
        return all(run.marking.is_final for run in self.runs)

    @property
    def added(self) -> tuple[str, ...]:
        tried = {run.module_id for run in self.runs}
        return tuple(each.name for each in self.known if each.pk not in tried)

    @property
    def retired(self) -> tuple[str, ...]:
        known = {each.pk for each in self.known}
        return tuple(run.module.name for run in self.runs if run.module_id not in known)

    @property
    def proven(self) -> Proven:
        """For the gate."""
        return Proven(
            tuple(_tried(run, self.progress.get(run.marking_id, {})) for run in self.runs),
            self.added,
            self.retired,
        )


def criteria_of(version: RubricVersion, language: str) -> tuple[Judged, ...]:
    """Raises RubricInvalid for a version that cannot be read any more."""
    return tuple(
        Judged(each.id, each.title, each.points) for each in summaries(version.parsed, language)
    )


def latest_proof(version: RubricVersion) -> Loaded | None:
    """The one that counts."""
    proof = Proof.objects.filter(rubric=version).select_related("author").first()
    return None if proof is None else load(proof, version.assignment)


def load(proof: Proof, assignment: Assignment) -> Loaded:
    runs = tuple(proof.runs.select_related("module", "marking"))
    progress: dict[int, dict[str, CriterionProgress]] = {}
    for row in CriterionProgress.objects.filter(marking__proof_run__proof=proof):
        progress.setdefault(row.marking_id, {})[row.criterion] = row
    return Loaded(proof, runs, progress, tuple(active_modules(assignment)))


def start(version: RubricVersion, author: User, now: dt.datetime) -> Proof:
    """Try the version on every known module of its TP, in the queue. While a proof of the same
    modules is under way (a double click) it is that one.

    Raises:
        NothingToProve: no known module.
        RubricInvalid: the version cannot be read any more.
    """
    version.parsed  # noqa: B018  (raises)
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=version.assignment_id)
        last = latest_proof(version)
        if last and not last.is_final and not (last.added or last.retired):
            return last.proof
        modules = last.known if last else active_modules(version.assignment)
        if not modules:
            raise NothingToProve(
                gettext("This TP has no known modules: add some, then the version can be tried.")
            )
        proof = Proof.objects.create(rubric=version, author=author, created_at=now)
        markings = [
            Marking.objects.create(
                known_module=module, rubric=version, priority=Priority.PROOF, queued_at=now
            )
            for module in modules
        ]
        ProofRun.objects.bulk_create(
            ProofRun(proof=proof, module=module, marking=marking)
            for module, marking in zip(modules, markings, strict=True)
        )
        transaction.on_commit(partial(_send, markings, now))
    return proof


def try_again(run: ProofRun, actor: User, now: dt.datetime) -> bool:
    """Send a module that the platform could not mark back into the queue. False: it is none."""
    marking = run.marking
    fault = marking.last_fault
    with transaction.atomic():
        if not claims.start_over(marking, now):
            return False
        marking.refresh_from_db()
        version = run.proof.rubric
        record(
            actor, Action.MARKED_AGAIN, f"{run.module}, {version}", now,
            course_id=version.assignment.course_id, fault=fault[:FAULT_SHOWN],
        )  # fmt: skip
        transaction.on_commit(partial(_send, [marking], now))
    return True


def _send(markings: Sequence[Marking], now: dt.datetime) -> None:
    """While Redis is away the first try is enough: a worker's sweep sends the rest."""
    for marking in markings:
        if not dispatch.send(marking, now):
            return


def _tried(run: ProofRun, progress: dict[str, CriterionProgress]) -> Tried:
    marking = run.marking
    fault = ""
    if marking.state == State.GRADED:
        state = "decided"
    elif marking.is_final:
        state = "fault"
        fault = marking.last_fault.strip().partition("\n")[0][:FAULT_SHOWN]
        fault = fault or str(marking.get_state_display())
    else:
        state = "unfinished"
    return Tried(
        name=run.module.name,
        is_reference=run.module.kind == ModuleKind.REFERENCE,
        loses=frozenset(run.module.loses),
        state=state,
        verdicts={criterion: row.verdict for criterion, row in progress.items()},
        fault=fault,
    )
