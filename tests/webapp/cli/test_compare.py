"""What counts as wrong when a module's report is compared with what is expected of it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from grader.report import CriterionReport, Finding, FindingKind, Report, Verdict
from webapp.cli.corpus import compare
from webapp.rubrics.corpus import Expectation, Known


def known(*findings: FindingKind, loses: tuple[str, ...] = ()) -> Known:
    expected = Expectation(kind="defective", loses=loses, findings=findings, why="It is wrong.")
    return Known("module", Path("module"), expected)


def report(verdict: Verdict, *findings: Finding) -> Report:
    criterion = CriterionReport.model_construct(id="tp1.clean", verdict=verdict, feedback="So.")
    return cast(Report, Report.model_construct(criteria=(criterion,), findings=findings))


def finding(kind: FindingKind, *, ours: bool = False) -> Finding:
    return Finding(kind=kind, title="t", ours=ours)


def test_another_verdict_is_wrong() -> None:
    (wrong,) = compare(known(), report("fail"))
    assert wrong.short == "tp1.clean should be pass, is fail"
    assert compare(known(loses=("tp1.clean",)), report("fail")) == []


def test_one_of_the_expected_findings_is_enough() -> None:
    assert compare(known("hung", "stall"), report("pass", finding("hung"))) == []


def test_none_of_the_expected_findings_is_wrong() -> None:
    (wrong,) = compare(known("hung", "stall"), report("pass", finding("leak")))
    assert wrong.short == "a finding should be hung or stall, is leak"


def test_a_finding_of_the_platforms_is_none_of_the_modules() -> None:
    (wrong,) = compare(known("hung"), report("pass", finding("hung", ours=True)))
    assert wrong.short == "a finding should be hung, is none at all"
