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


def test_a_processor_that_hangs_is_one_finding_wherever_in_its_loop_it_was_seen() -> None:
    told = [
        Finding(kind="stall", title=title, file="a.c", line=line, function=where, check=check)
        for check, title, line, where in (
            ("raises", "rcu_preempt detected stalls in turn", 36, "turn"),
            ("readers", "processor stuck in turn", 37, "turn"),
            ("writers", "processor stuck in other", 50, "other"),
        )
    ]
    first, second = once(told)
    assert (first.title, first.line, first.also_in) == (told[0].title, 36, ("readers",))
    assert second.function == "other"


def test_stalls_of_no_known_function_are_told_apart_by_their_titles() -> None:
    told = [Finding(kind="stall", title=title, check=title) for title in "ab"]
    assert len(once(told)) == 2
