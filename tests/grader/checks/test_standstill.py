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
FOREVER = 1e9


class Silent:
    """A guest with nothing but a console."""

    def __init__(self) -> None:
        self.console = Console()


def session(patience: Patience, reports: Sequence[KernelReport] = ()) -> Session:
    return Session(cast(Guest, Silent()), patience, lambda: reports)


def test_a_guest_without_a_report_gets_all_the_time_there_is() -> None:
    still = Standstill(session(Patience(give_up=FOREVER, after_report=0.0)))
    still.look(1)
    assert not still.lasts


def test_it_is_given_up_in_the_end() -> None:
    still = Standstill(session(Patience(give_up=0.0, after_report=FOREVER)))
    still.look(1)
    assert still.lasts


def test_a_report_of_the_modules_makes_it_sooner() -> None:
    still = Standstill(session(Patience(give_up=FOREVER, after_report=0.0), REPORT))
    still.look(1)
    assert still.lasts


def test_whatever_moves_begins_the_wait_anew() -> None:
    watched = session(Patience(give_up=FOREVER, after_report=0.2), REPORT)
    still = Standstill(watched)
    looks = 0
    while not still.lasts:
        still.look(min(looks, 3))
        looks += 1
    assert looks > 3

    began = still._since
    still.look(3)
    assert still._since == began

    watched.guest.console.feed(b"more\n")
    still.look(3)
    assert still._since > began
    assert not still.lasts
