"""What the page of one known module in a proof shows: the report, as a student would see it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from webapp.proving.matrix import Column, column_of
from webapp.proving.models import ProofRun
from webapp.rubrics.models import RubricVersion
from webapp.submissions import presentation
from webapp.submissions.pages import stored_report


@dataclass(frozen=True)
class RunPage:
    """``submission`` is for the templates that it shares with the page of a submission: there is
    none, so they leave out the links to a submission's downloads.
    """

    run: ProofRun
    version: RubricVersion
    column: Column
    result: presentation.ResultView | None
    sources: tuple[presentation.SourceView, ...]
    loses: frozenset[str]
    submission: None = None

    @property
    def lost(self) -> tuple[presentation.CriterionView, ...]:
        criteria = self.result.criteria if self.result else ()
        return tuple(each for each in criteria if each.verdict != "pass")


def run_page(run: ProofRun, language: str, now: dt.datetime) -> RunPage:
    files = [
        presentation.StoredFile(each.pk, each.path, bytes(each.data))
        for each in run.module.files.all()
    ]
    report = stored_report(run.marking) if run.marking.is_final else None
    shown = presentation.result(report, files, language) if report else None
    return RunPage(
        run=run,
        version=run.proof.rubric,
        column=column_of(run, now),
        result=shown,
        sources=shown.sources if shown else presentation.sources_only(files),
        loses=frozenset(run.module.loses),
    )
