"""Which kernel reports stand behind a lost criterion."""

from __future__ import annotations

from grader.feedback.costing import behind
from grader.report import Finding
from tests.webapp.support import reports

REPORT = reports.report("defect", 1)
LOST = next(each for each in REPORT.criteria if each.verdict == "fail")


def oops(**changed: object) -> Finding:
    place = {"kind": "oops", "title": "NULL pointer dereference", "file": "ring.c", "line": 3}
    return Finding.model_validate({**place, "check": "load", **changed})


def test_one_that_came_up_in_its_check() -> None:
    finding = oops(check=LOST.checks[0].id)
    assert behind(LOST, [finding]) == (finding,)


def test_one_that_came_up_in_its_check_too() -> None:
    """An oops of each write is told once, of the first check; all that lost for it say so."""
    finding = oops(also_in=("order", LOST.checks[0].id))
    assert behind(LOST, [finding]) == (finding,)


def test_none_of_another_check() -> None:
    assert behind(LOST, [oops(also_in=("order",))]) == ()


def test_none_that_costs_nothing() -> None:
    assert behind(LOST, [oops(check=LOST.checks[0].id, advice=True)]) == ()
