"""What one line of a report tells besides being a frame: the part that it opens, and who did what.

Strings are Linux 6.12's; each group names its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from grader.kernel_reports.frames import frames_in
from grader.kernel_reports.model import Entry, Role

Section = Role | Literal["stack"]

_SECTIONS: tuple[tuple[Section, re.Pattern[str]], ...] = (
    # arch/x86/kernel/dumpstack.c, mm/kmemleak.c, kernel/kcsan/report.c
    ("stack", re.compile(r"Call Trace:|  backtrace(?: \(crc [0-9a-f]{1,8}\))?:")),
    (
        "stack",
        re.compile(
            r"(?:race at unknown origin, with )?(?:read|write|assert)[^0-9]{0,40}"
            r" to 0x[0-9a-f]{1,16} of \d{1,20} bytes by "
        ),
    ),
    # mm/kasan/report.c, report_generic.c; mm/slub.c
    ("allocated", re.compile(r"Allocated (?:by task|in) |Last potentially|Second to last potent")),
    ("freed", re.compile(r"Freed (?:by task|in) ")),
    ("stack-object", re.compile(r" ?and is located at offset \d{1,20} in frame:")),
    ("variable", re.compile(r"The buggy address belongs to the variable:")),
    # kernel/sched/core.c
    ("preempt-off", re.compile(r"Preemption disabled at:")),
    # kernel/locking/lockdep.c
    ("released", re.compile(r".{1,80} is trying to (?:release|contend) lock \(")),
    ("dependency", re.compile(r"-> #\d{1,4} \(")),
    ("lock", re.compile(r".{0,80}\.\.\. key {1,8}at:")),
    ("dependency", re.compile(r".{0,200} at:$")),
    # kernel/irq/spurious.c
    ("handler", re.compile(r"handlers:$")),
)

#: A role, and the words that its frame follows on the same line.
_INLINE: tuple[tuple[Role, str], ...] = (
    ("held-lock", ", at: "),
    ("irqs-off", "irqs last disabled at "),
    ("lock", " key      at: "),
    ("lock", " lock: "),
    ("allocated", "Allocated in "),
    ("freed", "Freed in "),
)

_TASK: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"CPU: \d{1,4} (?:UID: \d{1,10} )?PID: (?P<pid>\d{1,10}) Comm: (?P<task>.{1,20}?)"
        r" (?:Not tainted|Tainted|Kdump)"
    ),
    re.compile(r"task:(?P<task>.{1,15}?) {0,15} ?state:.{1,60}? pid:(?P<pid>\d{1,10}) "),
    re.compile(r"INFO: task (?P<task>.{1,40}):(?P<pid>\d{1,10}) blocked"),
    re.compile(r".{0,90}? stuck for \d{1,9}s! \[(?P<task>.{1,40}):(?P<pid>\d{1,10})\]"),
    re.compile(r".{0,90}? by task (?P<task>.{1,40})/(?P<pid>\d{1,10})$"),
    re.compile(r"in_atomic\(\).{1,90}? pid: (?P<pid>\d{1,10}), name: (?P<task>.{1,40})$"),
    re.compile(r"BUG: scheduling while atomic: (?P<task>.{1,40})/(?P<pid>\d{1,10})/"),
    re.compile(r'  comm "(?P<task>.{0,40})", pid (?P<pid>\d{1,10})'),
    re.compile(r"(?P<task>[^ ].{0,40}?)/(?P<pid>\d{1,10}) (?:\[HC|is |just )"),
)
_MAY_NAME_TASK = re.compile(r"PID: |pid|task |task:|stuck|atomic|\d (?:\[HC|is |just )")

_LOCK = re.compile(r"\((.{1,120}?)\)\{.{1,20}\}")
_ADDRESS = re.compile(
    r"(?:address: |at addr |Free of addr |in range \[0x|hint: 0x|at: 0x|called from 0x|initcall 0x"
    r"|disabled at \(\d{1,10}\): \[<[0-9a-f]{16}>\] 0x)([0-9a-f]{16})"
)


def section(text: str) -> Section | None:
    """What the lines after this one are frames of, if it says so."""
    if ":" not in text and "-> #" not in text:
        return None
    return next((name for name, pattern in _SECTIONS if pattern.match(text)), None)


def entries(text: str) -> Iterator[Entry]:
    """Frames that stand in the line itself, with their role."""
    if "+0x" not in text:
        return
    for role, words in _INLINE:
        before, found, after = text.partition(words)
        if found and (not before or before[-1] != "?"):
            name = lock_name(before) if role == "held-lock" else ""
            yield from (Entry(role, frame, name) for frame in frames_in(after))
            return


def lock_name(text: str) -> str:
    """The lock that the line names, without its state (kernel/locking/lockdep.c, print_lock())."""
    found = _LOCK.search(text)
    return found[1] if found else ""


def addresses(text: str) -> list[int]:
    """Raw addresses that the line says were touched or came from."""
    return [int(found, 16) for found in _ADDRESS.findall(text)]


def task(text: str) -> tuple[str, int] | None:
    """The command and process id of the task that the line names, if it is the report's."""
    if not _MAY_NAME_TASK.search(text):
        return None
    for pattern in _TASK:
        if found := pattern.match(text):
            return found["task"], int(found["pid"])
    return None
