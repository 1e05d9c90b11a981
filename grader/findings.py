"""From kernel reports and calls that never returned to findings at the student's own lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from grader.build import Module, Place, Query, Sandbox, Symbols
from grader.checks.init_failures import WHEN, InitFailure
from grader.checks.run import CheckResult
from grader.checks.session import where_in_module
from grader.kernel_reports import KernelReport, module_frames, title_in_both
from grader.report import Diagnostic, Finding, FindingKind, FindingPlace, PlaceRole, said
from grader.texts import Text, same

#: Places that are kept with a finding.
MOST_PLACES = 24
#: Roles of a report's entries that a student is shown.
_TOLD = frozenset(get_args(PlaceRole)) - {"stack"}
#: Characters of a kernel report that are kept with its finding.
TEXT_CAP = 16_384


@dataclass(frozen=True)
class _Named:
    """A place in the module that the report names besides, before it is looked up."""

    role: PlaceRole
    query: Query
    lock: str = ""


@dataclass(frozen=True)
class _Raw:
    """A finding whose place in the source is still to be looked up."""

    kind: FindingKind
    title: Text
    check: str
    text: str
    queries: tuple[Query, ...]
    named: tuple[_Named, ...] = ()


def module_findings(
    module: Module, results: Sequence[CheckResult], sandbox: Sandbox
) -> tuple[Finding, ...]:
    """What the checks' guests had to say about the module, each with its line when it has one."""
    raw = [found for result in results if (found := _raw(module.kernel_name, result)) is not None]
    wanted = (q for found in raw for q in (*found.queries, *(n.query for n in found.named)))
    queries = list(dict.fromkeys(wanted))
    places = (
        dict(zip(queries, Symbols(module, sandbox).places(queries), strict=True)) if queries else {}
    )
    located = [_located(found, places) for found in raw]
    located += [finding for result in results for finding in result.findings]
    return once(located)


def once(located: Sequence[Finding]) -> tuple[Finding, ...]:
    """The same thing said in several checks is one finding, of the first of them."""
    same: dict[tuple[object, ...], list[Finding]] = {}
    for each in located:
        same.setdefault(_what(each), []).append(each)
    return tuple(
        first.model_copy(
            update={
                "also_in": tuple(
                    dict.fromkeys(f.check for f in rest if f.check and f.check != first.check)
                )
            }
        )
        for first, *rest in same.values()
    )


def _what(finding: Finding) -> tuple[object, ...]:
    """What makes it the same: a processor that hangs is found anywhere in its loop, in any way."""
    if finding.kind == "stall" and finding.function is not None:
        return (finding.kind, finding.file, finding.function)
    return (finding.kind, finding.title, finding.file, finding.line)


def _raw(module: str, result: CheckResult) -> _Raw | None:
    if result.blamed is not None:
        report = result.blamed
        return _Raw(
            report.kind,
            title_in_both(report.title),
            result.check,
            report.text,
            _queries(report, module, result),
            _named(report, module),
        )
    if result.outcome.hung is not None:
        state = result.outcome.hung
        place = where_in_module(state, module)
        reason = result.outcome.reason
        title = reason or Text("a call never returned", "un appel n'est jamais revenu")
        queries = (Query(place[0], place[1], is_return=True),) if place else ()
        return _Raw("hung", title, result.check, state.stack, queries)
    if result.lost_guest:
        reason = result.outcome.reason
        return _Raw("panic", reason or same(""), result.check, result.console[-4096:], ())
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


def _named(report: KernelReport, module: str) -> tuple[_Named, ...]:
    """The module's frames on the stack, then what the report names outside it."""
    name = module.replace("-", "_")
    stack = [
        _Named("stack", Query(f.function, f.offset, is_return=f.is_return))
        for f in report.frames
        if f.certain and f.module == name
    ]
    others = [
        _Named(
            cast(PlaceRole, entry.role),
            Query(entry.frame.function, entry.frame.offset, is_return=entry.frame.is_return),
            entry.lock,
        )
        for entry in report.entries
        if entry.frame.module == name and entry.role in _TOLD
    ]
    return tuple(dict.fromkeys((*stack, *others)))[:MOST_PLACES]


def _place(named: _Named, places: Mapping[Query, Place | None]) -> FindingPlace:
    found = places.get(named.query)
    return FindingPlace(
        role=named.role,
        function=(found.function if found else named.query.function) or "",
        file=found.file if found else None,
        line=found.line if found else None,
        lock=named.lock,
    )


def _located(found: _Raw, places: Mapping[Query, Place | None]) -> Finding:
    known = [place for query in found.queries if (place := places.get(query)) is not None]
    named = [query.function for query in found.queries if query.function is not None]
    return Finding(
        kind=found.kind,
        **said("title", found.title),
        file=known[0].file if known else None,
        line=known[0].line if known else None,
        function=known[0].function if known else (named[0] if named else None),
        check=found.check,
        text=found.text[:TEXT_CAP],
        places=tuple(dict.fromkeys(_place(each, places) for each in found.named)),
    )


def init_advice(
    module: Module, failure: InitFailure | None, sandbox: Sandbox
) -> tuple[Finding, ...]:
    """What init does not get over; at the line that asked for what was made to fail."""
    if failure is None:
        return ()
    query = Query(failure.place[0], failure.place[1], is_return=True) if failure.place else None
    place = Symbols(module, sandbox).places([query])[0] if query else None
    function = (place.function if place else None) or (query.function if query else None)
    title = failure.reason
    if failure.report is not None:
        told = title_in_both(failure.report.title)
        title = Text(
            f"{WHEN.en}, the kernel reports: {told.en}",
            f"{WHEN.fr}, le noyau signale : {told.fr}",
        )
    return (
        Finding(
            kind="init-failure",
            **said("title", title or same("")),
            file=place.file if place else None,
            line=place.line if place else None,
            function=function,
            text=failure.report.text[:TEXT_CAP] if failure.report else "",
            advice=True,
        ),
    )


def foreign_findings(results: Sequence[CheckResult]) -> tuple[Finding, ...]:
    """Kernel reports without the module in them: kept for whoever runs the platform."""
    return tuple(
        Finding(
            kind=report.kind,
            **said("title", title_in_both(report.title)),
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
