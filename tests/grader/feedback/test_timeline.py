"""Who was blocked when."""

from __future__ import annotations

import pytest

from grader.feedback import timeline_of
from grader.feedback.timeline import Span
from grader.report import CheckReport, Step


def check(*steps: Step) -> CheckReport:
    return CheckReport(id="wakeups.two", verdict="fail", seconds=1, transcript=steps)


def started(actor: str) -> Step:
    return Step(actor=actor, action="read of 4 bytes", event="starts")


def waiting(actor: str) -> Step:
    return Step(actor=actor, action="is still in its call", seen="waits, asleep", event="waits")


def back(actor: str, seen: str = "'abcd'") -> Step:
    return Step(actor=actor, action="read returns", seen=seen, event="returns", ok=True)


def test_where_nobody_can_block_there_is_none() -> None:
    assert timeline_of(check(Step(actor="shell", action="cat"))) is None


def test_blocked_from_its_beginning_until_it_is_back() -> None:
    line = timeline_of(check(started("a"), waiting("a"), Step(actor="b", action="echo"), back("a")))
    assert line is not None
    assert [lane.actor for lane in line.lanes] == ["a", "b"]
    assert line.lanes[0].spans == (Span("blocked", 0, 3, "read of 4 bytes", "'abcd'", over=True),)


def test_seen_blocked_later_it_ran_before() -> None:
    line = timeline_of(check(started("a"), started("b"), waiting("a"), waiting("b")))
    assert line is not None
    assert [(s.kind, s.start, s.end, s.over) for s in line.lanes[0].spans] == [
        ("running", 0, 2, False),
        ("blocked", 2, 3, False),
    ]


def test_an_interrupt_and_the_wrong_step_are_named() -> None:
    line = timeline_of(
        check(
            started("a"),
            waiting("a"),
            Step(actor="trigger", action="echo 1", event="interrupts"),
            Step(actor="a", action="after the interrupt", seen="still blocked", ok=False),
        )
    )
    assert line is not None
    assert line.interrupts == (2,)
    assert line.failed == 3
    assert line.lanes[0].spans[0].over is False


@pytest.mark.parametrize("several", ["a, b", "a and b", "all", "channel"])
def test_a_word_on_several_tasks_makes_no_lane(several: str) -> None:
    line = timeline_of(
        check(started("a"), started("b"), Step(actor=several, action="all at rest", ok=False))
    )
    assert line is not None
    assert [lane.actor for lane in line.lanes] == ["a", "b"]
