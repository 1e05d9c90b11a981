"""From kernel reports and calls that never returned to findings at the student's own lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.build import Module, Place, Query, Sandbox, Symbols
from grader.checks.run import CheckResult
from grader.checks.session import where_in_module
from grader.kernel_reports import KernelReport, module_frames
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
    queries: tuple[Query, ...]


def module_findings(
    module: Module, results: Sequence[CheckResult], sandbox: Sandbox
) -> tuple[Finding, ...]:
    """What the checks' guests had to say about the module, each with its line when it has one."""
    raw = [found for result in results if (found := _raw(module.kernel_name, result)) is not None]
    queries = list(dict.fromkeys(query for found in raw for query in found.queries))
    places = (
        dict(zip(queries, Symbols(module, sandbox).places(queries), strict=True)) if queries else {}
    )
    located = [_located(found, places) for found in raw]
    located += [finding for result in results for finding in result.findings]
    # The same thing said by several checks is one finding, of the first of them.
    return tuple({(f.kind, f.title, f.file, f.line): f for f in reversed(located)}.values())[::-1]


def _raw(module: str, result: CheckResult) -> _Raw | None:
    if result.blamed is not None:
        report = result.blamed
        return _Raw(
            report.kind, report.title, result.check, report.text, _queries(report, module, result)
        )
    if result.outcome.hung is not None:
        state = result.outcome.hung
        place = where_in_module(state, module)
        reason = result.outcome.reason
        title = reason.en if reason else "a call never returned"
        queries = (Query(place[0], place[1], is_return=True),) if place else ()
        return _Raw("hung", title, result.check, state.stack, queries)
    if result.lost_guest:
        reason = result.outcome.reason
        return _Raw("panic", reason.en if reason else "", result.check, result.console[-4096:], ())
    return None


def _queries(report: KernelReport, module: str, result: CheckResult) -> tuple[Query, ...]:
    """Places to look up, the one to blame first; the next counts where it is a kernel header's."""
    frames = module_frames(report, module)
    if frames:
        return tuple(Query(f.function, f.offset, is_return=f.is_return) for f in frames)
    return tuple(
        query
        for address in report.addresses
        for load in result.outcome.loads
        if load.holds(address)
        and (query := Query.at(address, load.sections, is_return=True)) is not None
    )


def _located(found: _Raw, places: Mapping[Query, Place | None]) -> Finding:
    known = [place for query in found.queries if (place := places.get(query)) is not None]
    named = [query.function for query in found.queries if query.function is not None]
    return Finding(
        kind=found.kind,
        title=found.title,
        file=known[0].file if known else None,
        line=known[0].line if known else None,
        function=known[0].function if known else (named[0] if named else None),
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
