"""Which findings cost points, and which cost a criterion its points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from grader.report import CriterionReport, Finding


class Told(Protocol):
    """A finding, or a page's view of one."""

    @property
    def kind(self) -> str: ...
    @property
    def ours(self) -> bool: ...
    @property
    def advice(self) -> bool: ...


def costs(finding: Told) -> bool:
    """A kernel report of the module's, the only kind that can take points."""
    return not (finding.ours or finding.advice or finding.kind in {"build-warning", "static"})


def behind(criterion: CriterionReport, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that came up in one of its checks and cost something. Of ``*.clean``, which rests on
    every check, all that do.
    """
    checks = {check.id for check in criterion.checks}
    return tuple(
        finding
        for finding in findings
        if costs(finding)
        and (criterion.id.endswith(".clean") or not checks.isdisjoint(_checks(finding)))
    )


def _checks(finding: Finding) -> tuple[str | None, ...]:
    return (finding.check, *finding.also_in)
