"""From what guests reported to findings."""

from __future__ import annotations

from grader.findings import once
from grader.report import Finding


def test_what_several_checks_report_is_one_finding_of_the_first() -> None:
    title = "NULL pointer dereference"
    told = [
        Finding(kind="oops", title=title, file="ring.c", line=line, check=check)
        for check, line in (("load", 3), ("order", 9), ("store", 3), ("order", 3), ("store", 3))
    ]
    first, second = once(told)
    assert (first.check, first.line, first.also_in) == ("load", 3, ("store", "order"))
    assert (second.check, second.line, second.also_in) == ("order", 9, ())
