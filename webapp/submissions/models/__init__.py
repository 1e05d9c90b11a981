"""Tables: what was handed in, its markings, and what they are worth."""

from webapp.submissions.models.handed_in import SourceFile, Submission
from webapp.submissions.models.marks import (
    Correction,
    CorrectionKind,
    LineComment,
    Mark,
    Standing,
)
from webapp.submissions.models.queue import (
    FINAL,
    CriterionProgress,
    Marking,
    MarkingReport,
    Priority,
    State,
)

__all__ = [
    "FINAL",
    "Correction",
    "CorrectionKind",
    "CriterionProgress",
    "LineComment",
    "Mark",
    "Marking",
    "MarkingReport",
    "Priority",
    "SourceFile",
    "Standing",
    "State",
    "Submission",
]
