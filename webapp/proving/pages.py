"""Putting together what the proof's page and its live part show."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from grader.errors import RingmarkError
from webapp.proving import matrix, publishing
from webapp.proving.gate import Objection, objections
from webapp.proving.proofs import Loaded, criteria_of, latest_proof
from webapp.rubrics.models import RubricVersion
from webapp.submissions.models import Marking, State, Submission


@dataclass(frozen=True)
class ProofPage:
    """``unreadable``: why this version's text cannot be used any more; then there is no more."""

    version: RubricVersion
    loaded: Loaded | None
    table: matrix.Matrix | None
    objections: tuple[Objection, ...]
    unreadable: str = ""

    @property
    def is_final(self) -> bool:
        return self.loaded is None or self.loaded.is_final

    @property
    def digest(self) -> str:
        return publishing.digest(self.objections)

    @property
    def stamp(self) -> str:
        """Changes whenever something shown changes."""
        columns = self.table.columns if self.table else ()
        rows = self.table.rows if self.table else ()
        shown = repr(
            (
                [(each.phase, each.run.marking.checks_done) for each in columns],
                [(cell.state, cell.right) for row in rows for cell in row.cells],
                self.digest,
            )
        )
        return hashlib.sha256(shown.encode()).hexdigest()[:16]

    @property
    def waiting(self) -> Marking | None:
        """The next that has to be told to the queue."""
        runs = self.loaded.runs if self.loaded else ()
        queued = (run.marking for run in runs if run.marking.state == State.QUEUED)
        return next((each for each in queued if each.sent_at is None), None)


def proof_page(version: RubricVersion, language: str, now: dt.datetime) -> ProofPage:
    try:
        criteria = criteria_of(version, language)
    except RingmarkError as problem:
        return ProofPage(version, None, None, (), str(problem))
    loaded = latest_proof(version)
    return ProofPage(
        version,
        loaded,
        matrix.matrix(loaded, criteria, now) if loaded else None,
        tuple(objections(criteria, loaded.proven if loaded else None)),
    )


@dataclass(frozen=True)
class Consequences:
    """What publishing would mean. ``marked``: submissions that keep their rubric version."""

    current: RubricVersion | None
    marked: int


def consequences(version: RubricVersion) -> Consequences:
    assignment = version.assignment
    return Consequences(
        RubricVersion.objects.filter(assignment=assignment, is_current=True)
        .select_related("published_by")
        .first(),
        Submission.objects.filter(assignment=assignment, is_try=False).count(),
    )
