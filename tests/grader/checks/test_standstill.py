"""When a guest in which nothing moves is given up: late; sooner after a report of the module's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from grader.checks.session import Patience, Session, Standstill
from grader.guest.console import Console
from grader.guest.guest import Guest
from grader.kernel_reports import KernelReport, find_reports

REPORT = find_reports(
    "[    1.000000][   T50] BUG: scheduling while atomic: actor/50/0x00000002\n"
    "[    1.100000][   T50] Call Trace:\n"
    "[    1.100000][   T50]  <TASK>\n"
    "[    1.200000][   T50]  asee_read+0x1/0x2 [asee_mod]\n"
    "[    1.200000][   T50]  </TASK>\n"
)
assert REPORT
PATIENCE = Patience(give_up=90.0, after_report=20.0)


class StillGuest:
    """A guest with nothing but a console, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.console = Console()
        self.channel = self
        self.time = 1000.0

    def now(self) -> float:
        return self.time


def watched(reports: Sequence[KernelReport]) -> tuple[StillGuest, Standstill]:
    guest = StillGuest()
    return guest, Standstill(Session(cast(Guest, guest), PATIENCE, lambda: reports))


def test_a_guest_without_a_report_gets_all_the_time_there_is() -> None:
    guest, still = watched(())

    guest.time += 89.0
    still.look("same")
    assert not still.lasts

    guest.time += 1.0
    assert still.lasts


def test_a_report_of_the_modules_makes_it_sooner() -> None:
    guest, still = watched(REPORT)
    still.look("same")

    guest.time += 19.0
    still.look("same")
    assert not still.lasts

    guest.time += 1.0
    still.look("same")
    assert still.lasts


def test_whatever_moves_begins_the_wait_anew() -> None:
    guest, still = watched(REPORT)
    still.look("a")
    for sign in ("b", "c"):
        guest.time += 19.0
        still.look(sign)
        assert not still.lasts

    guest.time += 19.0
    guest.console.feed(b"the kernel has more to say\n")
    still.look("c")
    assert not still.lasts

    guest.time += 20.0
    still.look("c")
    assert still.lasts


def test_what_moves_without_end_is_given_up_all_the_same() -> None:
    guest, still = watched(REPORT)
    for number in range(9):
        assert not still.lasts
        guest.time += 10.0
        still.look(number)
    assert still.lasts
