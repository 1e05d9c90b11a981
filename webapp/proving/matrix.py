"""A proof as a table: criteria down, known modules across. Pure: stored rows in, values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.proving.gate import Judged
from webapp.proving.models import ProofRun
from webapp.proving.proofs import Loaded
from webapp.rubrics.models import ModuleKind
from webapp.submissions.models import CriterionProgress, Marking, State


@dataclass(frozen=True)
class Column:
    """A known module. ``phase``: waiting, running, interrupted, decided or fault."""

    run: ProofRun
    phase: str
    seconds: float | None

    @property
    def is_reference(self) -> bool:
        return bool(self.run.module.kind == ModuleKind.REFERENCE)


@dataclass(frozen=True)
class Cell:
    """``state``: a verdict, ``busy`` or ``waiting``. ``right`` None where nothing was said of it,
    or nothing is decided."""

    column: Column
    state: str
    right: bool | None

    @property
    def wrong(self) -> bool:
        return self.right is False

    @property
    def as_due(self) -> bool:
        """Lost, as the module must."""
        return bool(self.right and self.state == "fail")


@dataclass(frozen=True)
class Row:
    criterion: Judged
    anchor: str
    cells: tuple[Cell, ...]

    @property
    def lost_by(self) -> int:
        """Defective modules that lose it; what the platform could not mark proves nothing."""
        return sum(
            1
            for cell in self.cells
            if cell.state == "fail"
            and not cell.column.is_reference
            and cell.column.phase != "fault"
        )

    @property
    def needs_losing(self) -> bool:
        return self.criterion.points > 0


@dataclass(frozen=True)
class Matrix:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def done(self) -> int:
        return sum(1 for each in self.columns if each.phase in {"decided", "fault"})


def matrix(loaded: Loaded, criteria: Sequence[Judged], now: dt.datetime) -> Matrix:
    columns = tuple(column_of(run, now) for run in loaded.runs)
    rows = tuple(
        Row(
            criterion,
            criterion.id.replace(".", "-"),
            tuple(
                _cell(
                    column,
                    criterion.id,
                    loaded.progress.get(column.run.marking_id, {}).get(criterion.id),
                )
                for column in columns
            ),
        )
        for criterion in criteria
    )
    return Matrix(columns, rows)


def column_of(run: ProofRun, now: dt.datetime) -> Column:
    marking = run.marking
    return Column(run, _phase(marking, now), _seconds(marking))


def _phase(marking: Marking, now: dt.datetime) -> str:
    if marking.state == State.GRADED:
        return "decided"
    if marking.is_final:
        return "fault"
    if marking.is_interrupted(now) or (marking.state == State.QUEUED and marking.failures):
        return "interrupted"
    return "running" if marking.state == State.RUNNING else "waiting"


def _seconds(marking: Marking) -> float | None:
    """How long its last try took, once it has ended."""
    if marking.started_at is None or marking.finished_at is None:
        return None
    return (marking.finished_at - marking.started_at).total_seconds()


def _cell(column: Column, criterion: str, row: CriterionProgress | None) -> Cell:
    state = _state(column, row)
    return Cell(column, state, _right(column, criterion, state))


def _state(column: Column, row: CriterionProgress | None) -> str:
    if column.phase == "fault":
        return (row.verdict if row else "") or "error"
    if row is None or column.run.marking.state == State.QUEUED:
        return "waiting"
    return row.verdict or ("busy" if row.busy else "waiting")


def _right(column: Column, criterion: str, verdict: str) -> bool | None:
    """As the gate judges it; what is not run follows from another loss."""
    if verdict not in {"pass", "fail", "not-run"}:
        return None
    if column.is_reference:
        return verdict == "pass"
    loses = column.run.module.loses
    if not loses:
        return None
    if verdict == "not-run":
        return False if criterion in loses else None
    return (verdict == "fail") is (criterion in loses)
