"""The modules of ``webapp.rubrics.corpus`` after they were marked: compare what is expected of each
with its report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from grader.report import Report, Verdict
from grader.rubric import Rubric
from webapp.rubrics.corpus import Known


@dataclass(frozen=True)
class Wrong:
    """One verdict that is not the expected one; or a finding that is missing."""

    module: str
    what: str
    expected: str
    seen: str
    because: str = ""

    @property
    def short(self) -> str:
        """Without the module and the reason."""
        return f"{self.what} should be {self.expected}, is {self.seen}"

    def __str__(self) -> str:
        text = f"{self.module}: {self.short}"
        return f"{text}\n      {self.because}" if self.because else text


def breadth_first(
    modules: Sequence[tuple[Rubric, Known]],
    seeds: Iterable[int],
    done: Container[tuple[str, str, int]] = (),
) -> list[tuple[Rubric, Known, int]]:
    """What to mark, in order: each module with the first seed, then each with the second, and so
    on, the TPs in turn (wherever one stops, each has had its share); without the markings
    (TP, module, seed) that are ``done``.
    """
    by_tp: dict[str, list[tuple[Rubric, Known]]] = {}
    for rubric, module in modules:
        by_tp.setdefault(rubric.id, []).append((rubric, module))
    in_turn = [each for row in zip_longest(*by_tp.values()) for each in row if each is not None]
    return [
        (rubric, module, seed)
        for seed in seeds
        for rubric, module in in_turn
        if (rubric.id, module.name, seed) not in done
    ]


def compare(module: Known, report: Report) -> list[Wrong]:
    """Where the report differs from what is expected. Empty: nowhere."""
    wrong = []
    for criterion in report.criteria:
        verdict = module.expected.verdict(criterion.id)
        if criterion.verdict != verdict:
            wrong.append(
                Wrong(module.name, criterion.id, verdict, criterion.verdict, criterion.feedback)
            )
    seen = [finding.kind for finding in report.findings if not (finding.ours or finding.advice)]
    due = module.expected.findings
    if due and not set(due) & set(seen):
        there = ", ".join(seen) or "none at all"
        wrong.append(Wrong(module.name, "a finding", " or ".join(due), there))
    return wrong


@dataclass(frozen=True)
class Row:
    """How a criterion was decided over the whole corpus, against what was expected."""

    criterion: str
    right_loss: int
    right_pass: int
    right_not_run: int
    wrong_loss: int
    wrong_pass: int
    other: int


def confusion(rubric: Rubric, marked: Iterable[tuple[Known, Report]]) -> list[Row]:
    """One row per criterion. ``other`` counts verdicts of ``error`` and misplaced ``not-run``."""
    counts: dict[str, Counter[tuple[Verdict, Verdict]]] = {
        criterion.id: Counter() for criterion in rubric.criteria
    }
    for module, report in marked:
        for criterion in report.criteria:
            due = module.expected.verdict(criterion.id)
            counts[criterion.id][due, criterion.verdict] += 1
    return [_row(criterion, count) for criterion, count in counts.items()]


def _row(criterion: str, count: Counter[tuple[Verdict, Verdict]]) -> Row:
    right: Sequence[tuple[Verdict, Verdict]] = (
        ("fail", "fail"), ("pass", "pass"), ("not-run", "not-run"),
    )  # fmt: skip
    wrong: Sequence[tuple[Verdict, Verdict]] = (("pass", "fail"), ("fail", "pass"))
    values = [count[pair] for pair in (*right, *wrong)]
    return Row(criterion, *values, other=count.total() - sum(values))
