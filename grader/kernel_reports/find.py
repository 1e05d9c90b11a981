"""All reports of a console, in the order in which they began."""

from __future__ import annotations

import re

from grader.kernel_reports.draft import Draft
from grader.kernel_reports.formats import FOLLOWING, PREAMBLES, REBOOT, Format, header
from grader.kernel_reports.lines import Line, read_lines
from grader.kernel_reports.model import KernelReport

#: Lines between ``cut here`` and the header of the report; a WARN()'s message is one or two.
MOST_PREAMBLE = 12
#: Reports of one console at most: nobody reads the thousandth, and a module can print for ever.
MOST_REPORTS = 1000

_NO_LOCKDEP = re.compile(r"(?:[\w.-]{1,40}: ){0,2}?BUG: MAX_\w{1,40} too low")
_LOCKDEP_OFF = re.compile(
    r"INFO: lockdep is turned off|Disabling lock debugging due to kernel taint"
    r"|turning off the locking correctness validator"
)


def find_reports(console: str) -> list[KernelReport]:
    """Every report in ``console``, of every kind and whoever's fault, in console order.

    Any text is accepted: cut short, interleaved, or garbage. Work is proportional to its length.
    A panic that only carries out what an oops or a warning decided belongs to that report; one
    that has no report before it is a report. What the platform's fault injection prints is none.
    """
    scan = _Scan()
    for line in read_lines(console):
        scan.take(line)
    return scan.reports()


def lockdep_disabled(console: str) -> bool:
    """Whether lockdep was off for another reason than a report, so that its silence says nothing.

    True when it ran out of memory, and when it was turned off before anything was reported (by a
    module that is not GPL, or that was loaded by force: kernel/panic.c, add_taint()).
    """
    off: int | None = None
    for line in read_lines(console):
        if _NO_LOCKDEP.match(line.text):
            return True
        if off is None and _LOCKDEP_OFF.match(line.text):
            off = line.index
    return off is not None and not any(report.line <= off for report in find_reports(console))


class _Scan:
    """Reads lines; keeps one open draft and one pending preamble for each of printk's callers."""

    def __init__(self) -> None:
        self._open: dict[str, Draft] = {}
        self._pending: dict[str, list[Line]] = {}
        self._drafts: list[Draft] = []
        self._parts: list[tuple[Draft, Draft]] = []

    def take(self, line: Line) -> None:
        if REBOOT.match(line.text):
            self._open.clear()
            self._pending.clear()
        elif PREAMBLES.match(line.text):
            self._take_preamble(line)
        elif found := header(line.text):
            self._take_header(line, *found)
        elif pending := self._pending.get(line.caller):
            pending.append(line)
            if len(pending) > MOST_PREAMBLE:
                del self._pending[line.caller]
        elif draft := self._open.get(line.caller):
            if not draft.take(line.text):
                self._close(line.caller)
                self._take_nmi_backtrace(line)
        else:
            self._take_nmi_backtrace(line)

    def reports(self) -> list[KernelReport]:
        for whole, part in self._parts:
            whole.include(part)
        found = (draft.finish() for draft in self._drafts)
        return sorted((report for report in found if report), key=lambda report: report.line)

    def _take_preamble(self, line: Line) -> None:
        current = self._open.get(line.caller)
        if current and current.is_continued:
            current.add(line.text)
            return
        self._close(line.caller)
        self._pending.setdefault(line.caller, []).append(line)

    def _take_header(self, line: Line, form: Format, found: re.Match[str]) -> None:
        current = self._open.get(line.caller)
        if current and current.is_continued_by(line.text):
            current.add(line.text)
            return
        self._close(line.caller)
        if FOLLOWING.match(line.text) and self._drafts:
            self._drafts[-1].follow(line.text)
            return
        draft = Draft(form, found, self._pending.pop(line.caller, []), line)
        self._open[line.caller] = draft
        if form.kind is not None and len(self._drafts) < MOST_REPORTS:
            self._drafts.append(draft)

    def _close(self, caller: str) -> None:
        """The caller's open draft takes no more lines; one that is no report is forgotten."""
        draft = self._open.pop(caller, None)
        if draft and draft.form.vague and not draft.has_stack and self._drafts[-1:] == [draft]:
            self._drafts.pop()

    def _take_nmi_backtrace(self, line: Line) -> None:
        """The processors that a stall report asked to show their stacks print them themselves."""
        if not line.text.startswith("NMI backtrace for cpu"):
            return
        stall = next(
            (draft for draft in reversed(self._drafts[-8:]) if draft.form.kind == "stall"), None
        )
        if stall is not None:
            part = Draft(stall.form, stall.found, (), line)
            self._open[line.caller] = part
            self._parts.append((stall, part))
