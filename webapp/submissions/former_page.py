"""What the page of a former marking shows: its feedback as it was, by the checks alone."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.courses.models import Assignment
from webapp.submissions import presentation, services
from webapp.submissions.downloads import addresses
from webapp.submissions.models import Marking, Submission
from webapp.submissions.pages import stored_report


@dataclass(frozen=True)
class FormerPage:
    """Nobody corrects or comments here, so ``as_instructor`` is False for the templates that it
    shares with the page of what counts. ``read_by_instructor``: who looks.
    """

    submission: Submission
    assignment: Assignment
    marking: Marking
    read_by_instructor: bool
    result: presentation.ResultView | None
    criteria: tuple[presentation.CriterionView, ...]
    sources: tuple[presentation.SourceView, ...]
    as_instructor: bool = False

    @property
    def downloads(self) -> dict[str, str]:
        return addresses("former-download", self.submission.pk, self.marking.pk)

    @property
    def passed(self) -> int:
        return sum(1 for each in self.criteria if each.verdict == "pass")


def former_page(viewed: services.Viewed, marking: Marking, language: str) -> FormerPage:
    files = [
        presentation.StoredFile(file.pk, file.path, bytes(file.data))
        for file in viewed.submission.files.all()
    ]
    report = stored_report(marking)
    shown = presentation.result(report, files, language) if report else None
    return FormerPage(
        submission=viewed.submission,
        assignment=viewed.submission.assignment,
        marking=marking,
        read_by_instructor=viewed.as_instructor,
        result=shown,
        criteria=shown.criteria if shown else (),
        sources=shown.sources if shown else presentation.sources_only(files),
    )
