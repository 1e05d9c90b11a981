"""From kernel reports and calls that never returned to findings at the student's own lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.build import Module, Place, Query, Sandbox, Symbols
from grader.checks.run import CheckResult
from grader.checks.session import where_in_module
from grader.kernel_reports import KernelReport, module_frame
from grader.report import Diagnostic, Finding, FindingKind

#: Characters of a kernel report that are kept with its finding.
TEXT_CAP = 16_384


@dataclass(frozen=True)
class _Raw:
    """A finding whose place in the source is still to be looked up."""

    kind: FindingKind
    title: str
    check: str
    text: str
    query: Query | None


def module_findings(
    module: Module, results: Sequence[CheckResult], sandbox: Sandbox
) -> tuple[Finding, ...]:
    """What the checks' guests had to say about the module, each with its line when it has one."""
    raw = [found for result in results if (found := _raw(module.kernel_name, result)) is not None]
    queries = [found.query for found in raw if found.query is not None]
    places = (
        dict(zip(queries, Symbols(module, sandbox).places(queries), strict=True)) if queries else {}
    )
    return tuple(_located(found, places.get(found.query) if found.query else None) for found in raw)


def _raw(module: str, result: CheckResult) -> _Raw | None:
    if result.blamed is not None:
        report = result.blamed
        return _Raw(
            report.kind, report.title, result.check, report.text, _query(report, module, result)
        )
    if result.outcome.hung is not None:
        state = result.outcome.hung
        place = where_in_module(state, module)
        reason = result.outcome.reason
        title = reason.en if reason else "a call never returned"
        query = Query(place[0], place[1], is_return=True) if place else None
        return _Raw("hung", title, result.check, state.stack, query)
    if result.lost_guest:
        reason = result.outcome.reason
        return _Raw(
            "panic", reason.en if reason else "", result.check, result.console[-4096:], None
        )
    return None


def _query(report: KernelReport, module: str, result: CheckResult) -> Query | None:
    frame = module_frame(report, module)
    if frame is not None:
        return Query(frame.function, frame.offset, is_return=frame.is_return)
    for address in report.addresses:
        for load in result.outcome.loads:
            if load.low <= address < load.high:
                return Query.at(address, load.sections, is_return=True)
    return None


def _located(found: _Raw, place: Place | None) -> Finding:
    return Finding(
        kind=found.kind,
        title=found.title,
        file=place.file if place else None,
        line=place.line if place else None,
        function=place.function if place else (found.query.function if found.query else None),
        check=found.check,
        text=found.text[:TEXT_CAP],
    )


def foreign_findings(results: Sequence[CheckResult]) -> tuple[Finding, ...]:
    """Kernel reports without the module in them: kept for whoever runs the platform."""
    return tuple(
        Finding(
            kind=report.kind,
            title=report.title,
            check=result.check,
            text=report.text[:TEXT_CAP],
            ours=True,
        )
        for result in results
        for report in result.foreign[:1]
    )


def warnings(diagnostics: Sequence[Diagnostic]) -> tuple[Finding, ...]:
    """The compiler's warnings: worth reading, no points."""
    return tuple(
        Finding(kind="build-warning", title=d.message, file=d.file, line=d.line, advice=True)
        for d in diagnostics
        if d.severity == "warning"
    )
