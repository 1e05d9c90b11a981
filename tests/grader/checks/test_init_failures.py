"""Which steps of init are made to fail, and where the module is when they do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.checks.init_failures import spread, stack_of_failure

CONSOLE = """\
[    9.1][   T61] asee_mod: loading
[    9.2][   T61] FAULT_INJECTION: forcing a failure.
[    9.2][   T61] name failslab, interval 1, probability 0, space 0, times 0
[    9.2][   T61] CPU: 0 UID: 0 PID: 61 Comm: insmod Tainted: G           O       6.12.0 #1
[    9.2][   T61] Call Trace:
[    9.2][   T61]  <TASK>
[    9.2][   T61]  dump_stack_lvl+0x6a/0x90
[    9.2][   T61]  should_failslab+0x3e/0x60
[    9.2][   T61]  ? __pfx_asee_early+0x10/0x10 [asee_mod]
[    9.2][   T61]  class_create+0x25/0xa0
[    9.2][   T61]  asee_init+0x4b/0xff0 [asee_mod]
[    9.2][   T61]  do_one_initcall+0x8a/0x320
[    9.2][   T61]  </TASK>
"""


@given(st.integers(0, 5000))
def test_steps_are_spread_over_all(total: int) -> None:
    steps = spread(total)
    assert list(steps) == sorted(set(steps))
    assert len(steps) <= 8
    assert all(1 <= step <= total for step in steps)
    assert bool(steps) is bool(total)


def test_of_an_init_of_few_steps_all_are_tried() -> None:
    assert spread(10) == (1, 3, 5, 7, 9)
    assert spread(16) == (1, 3, 5, 7, 9, 11, 13, 15)
    assert spread(58) == (1, 3, 7, 15, 29, 39, 47, 53)


def test_the_innermost_certain_frame_of_the_module() -> None:
    assert stack_of_failure(CONSOLE, "asee_mod") == ("asee_init", 0x4B)


def test_no_frame_of_another_module_and_none_without_a_failure() -> None:
    assert stack_of_failure(CONSOLE, "asee") is None
    trace = CONSOLE.replace("FAULT_INJECTION", "something else")
    assert stack_of_failure(trace, "asee_mod") is None
