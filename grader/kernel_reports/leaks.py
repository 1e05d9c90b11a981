"""The leak detector's list, ``/sys/kernel/debug/kmemleak``."""

from __future__ import annotations

from grader.kernel_reports.find import find_reports
from grader.kernel_reports.model import KernelReport


def parse_kmemleak(text: str) -> list[KernelReport]:
    """One report of kind ``leak`` for each unreferenced object, in the file's order.

    ``frames`` is where the object was allocated. Of a module that is gone only ``addresses`` are
    left: read the file while it is loaded, or keep its address ranges (mm/kmemleak.c prints
    ``%pS`` when it is read).
    """
    return [report for report in find_reports(text) if report.kind == "leak"]
