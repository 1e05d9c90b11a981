"""The table: one row per thing that the kernel says when something is wrong.

Strings are those of Linux 6.12 (the file is named in front of each group); where 6.5 printed it
differently, the row takes both. To add a message, add a row and a recording of it
(``tests/grader/kernel_reports/recorded``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from grader.report import FindingKind


class End(Enum):
    """How one knows that a report is over. Whatever it says, a new header ends it too."""

    STACK = auto()
    """With its stack trace."""
    MARK = auto()
    """With ``---[ end trace``, or with a line of ``=``; its stack may come long before that."""
    LOCKS = auto()
    """With the list of held locks: there is no stack."""


@dataclass(frozen=True)
class Format:
    """One row.

    ``pattern`` must match at the start of a line, after an optional ``subsystem: ``. ``title`` is
    filled from its named groups and ``{where}`` (`` in f``, f being the innermost function of the
    stack); ``told`` takes its place when the kernel printed a ``{message}`` just before the header
    (see ``PREAMBLES``).
    ``kind`` None: known, and no report; it is skipped with its stack.
    ``tail`` matches lines that may follow the stack and still belong.
    ``head`` is how many lines may stand before the stack.
    ``continued`` matches a later header that brings this report's stack.
    ``many_stacks``: each of its stacks counts, not the first alone.
    ``vague``: a student's own message could look like this, so it counts only with a stack.
    """

    kind: FindingKind | None
    pattern: str
    title: str
    end: End = End.STACK
    told: str = ""
    tail: str = ""
    head: int = 60
    continued: str = ""
    vague: bool = False
    many_stacks: bool = False


_LOCKS = r"$|Showing all locks|\d+ locks? held by| ?#\d+: |no locks held|INFO: lockdep is|={20}"
_DIE = r".{1,300}?: [0-9a-f]{4} \[#\d"  # arch/x86/kernel/dumpstack.c, __die_header()
_DEEP = 800  # lockdep prints whole chains of stacks before the one that counts

FORMATS: tuple[Format, ...] = (
    # lib/fault-inject.c: failures that we asked for
    Format(None, r"FAULT_INJECTION: ", ""),
    # mm/kasan/report.c
    Format(
        "kasan",
        r"BUG: KASAN: (?P<bug>\S{1,60}) in (?P<function>[\w.$]{1,256})",
        "KASAN: {bug} in {function}",
        End.MARK,
    ),
    Format("kasan", r"BUG: KASAN: (?P<bug>\S{1,60})", "KASAN: {bug}{where}", End.MARK),
    # kernel/kcsan/report.c
    Format("kcsan", r"BUG: KCSAN: (?P<race>.{1,200})", "KCSAN: {race}", End.MARK, many_stacks=True),
    # lib/ubsan.c
    Format(
        "ubsan",
        r"UBSAN: (?P<bug>.{1,80}) in (?P<file>[^ ]{1,200}):(?P<line>\d{1,9}):\d{1,9}",
        "UBSAN: {bug} in {file}:{line}",
        End.MARK,
    ),
    # kernel/sched/core.c
    Format(
        "atomic-sleep",
        r"BUG: sleeping function called from invalid context at"
        r" (?P<file>[^ ]{1,200}):(?P<line>\d{1,9})",
        "sleeping function called from invalid context at {file}:{line}",
    ),
    Format("atomic-sleep", r"BUG: scheduling while atomic: ", "scheduling while atomic"),
    Format(
        "atomic-sleep",
        r"BUG: (?P<bug>scheduling in a non-blocking section"
        r"|assuming (?:atomic|non migratable) context)",
        "{bug}",
    ),
    Format(
        "atomic-sleep", r"bad: scheduling from the idle thread!", "scheduling from the idle thread"
    ),
    # kernel/locking/lockdep.c
    Format(
        "lockdep",
        r"WARNING: (?P<bug>possible (?:circular locking dependency|recursive locking"
        r"|irq lock inversion dependency) detected|inconsistent lock state"
        r"|\S{1,40}-safe -> \S{1,40}-unsafe lock order detected|bad unlock balance detected"
        r"|bad contention detected|held lock freed|Nested lock was not taken"
        r"|suspicious RCU usage|chain_key collision)",
        "{bug}",
        head=_DEEP,
    ),
    Format(
        "lockdep",
        r"WARNING: (?P<bug>lock held when returning to user space)",
        "{bug}",
        End.LOCKS,
        head=12,
    ),
    Format("lockdep", r"WARNING: .{1,40}/\d{1,10} (?P<bug>still has locks held)", "{bug}"),
    Format("lockdep", r"\[ BUG: (?P<bug>[Ii]nvalid wait context) \]", "{bug}", head=_DEEP),
    Format(
        "lockdep",
        r"INFO: trying to register non-static key",
        "lock used without being initialised (non-static key)",
    ),
    Format("lockdep", r"BUG: key \S{1,20} has not been registered", "lock key not registered"),
    # kernel/locking/spinlock_debug.c
    Format("lockdep", r"BUG: (?P<bug>(?:spinlock|rwlock) [a-zA-Z ]{1,40}) on CPU#\d", "{bug}"),
    # kernel/workqueue.c
    Format(
        "lockdep",
        r"BUG: workqueue leaked (?:atomic, )?lock(?: or RCU| or atomic)?: ",
        "work function returned with a lock held or in atomic context",
    ),
    Format("stall", r"BUG: workqueue lockup - pool", "workqueue lockup", many_stacks=True),
    # kernel/hung_task.c
    Format(
        "hung",
        r"INFO: task .{1,40}:\d{1,10} blocked (?:in I/O wait )?for more than (?P<time>\d{1,9}) sec",
        "task blocked for more than {time} seconds",
        tail=_LOCKS,
    ),
    # kernel/watchdog.c, kernel/rcu/tree_stall.h, tree_exp.h
    Format("stall", r"BUG: soft lockup - CPU#\d{1,4} ", "soft lockup{where}", tail=_LOCKS),
    Format(
        "stall",
        r"(?:Watchdog detected hard|NMI watchdog: Watchdog detected hard) LOCKUP",
        "hard lockup{where}",
    ),
    Format(
        "stall",
        r"INFO: (?P<bug>rcu\w{0,20} (?:self-)?detected (?:expedited )?stalls?)",
        "{bug}{where}",
        tail=r"rcu: |\t|Sending NMI|NMI backtrace|task:|CPU: |Hardware name|blocking rcu_node|$",
        many_stacks=True,
    ),
    # arch/x86/mm/fault.c, traps.c, dumpstack.c
    Format(
        "oops",
        r"BUG: (?:kernel NULL pointer dereference|unable to handle kernel NULL pointer)",
        "NULL pointer dereference{where}",
        End.MARK,
        continued=_DIE,
    ),
    Format(
        "oops",
        r"BUG: unable to handle (?:page fault|kernel paging request)",
        "bad memory access (page fault){where}",
        End.MARK,
        continued=_DIE,
    ),
    Format(
        "oops",
        r"BUG: .{1,40} stack guard page was hit",
        "kernel stack overflow{where}",
        End.MARK,
        continued=_DIE,
    ),
    Format("oops", r"PANIC: double fault", "double fault{where}", End.MARK, continued=_DIE),
    Format(
        "oops",
        r"Corrupted page table at address",
        "corrupted page table{where}",
        End.MARK,
        continued=_DIE,
    ),
    Format(
        "oops",
        r"[kK]ernel BUG at (?P<file>[^ :]{1,200}):(?P<line>\d{1,9})",
        "kernel BUG at {file}:{line}",
        End.MARK,
        continued=_DIE,
        told="kernel BUG: {message}",
    ),
    Format(
        "oops",
        r"[kK]ernel BUG at ",
        "kernel BUG{where}",
        End.MARK,
        continued=_DIE,
        told="kernel BUG: {message}",
    ),
    Format(
        "oops",
        r"(?:Oops: (?P<bug>[^:,\[]{1,60}+)|(?P<trap>general protection fault|divide error|int3"
        r"|invalid opcode|stack segment|overflow|bounds|alignment check))[^:\[]{0,160}+"
        r": [0-9a-f]{4} \[#\d",
        "{bug}{trap}{where}",
        End.MARK,
    ),
    # kernel/panic.c, lib/bug.c: WARN()
    Format(
        "warn",
        r"WARNING: CPU: \d{1,4} PID: \d{1,10} at (?P<file>[^ :]{1,200}):(?P<line>\d{1,9})",
        "WARNING at {file}:{line}{where}",
        End.MARK,
        told="WARNING: {message}",
    ),
    Format(
        "warn",
        r"WARNING: CPU: \d{1,4} PID: \d{1,10} at ",
        "WARNING{where}",
        End.MARK,
        told="WARNING: {message}",
    ),
    # arch/x86/kernel/nmi.c: the platform asked a guest that answers no more where it is
    # (Guest.interrogate), so the panic is ours and the processor that never came back is not.
    Format(
        "stall",
        r"Kernel panic - not syncing: NMI: Not continuing",
        "processor stuck{where}",
        End.MARK,
    ),
    # kernel/panic.c: panic(). Those that end another report are FOLLOWING.
    Format(
        "panic", r"Kernel panic - not syncing: (?P<bug>.{1,200})", "kernel panic: {bug}", End.MARK
    ),
    # mm/slub.c, mm/page_alloc.c, mm/memory.c: corruption that the kernel survives, so no oops
    Format(
        "warn",
        r"BUG (?P<cache>.{1,80}) \((?:Not tainted|Tainted)[^)]{0,80}\): (?P<bug>.{1,160})",
        "slab {cache}: {bug}",
        head=120,
        continued=r"WARNING: CPU: \d{1,4} PID: \d{1,10} at mm/slub\.c:",
        tail=r"FIX |Disabling lock debugging|irq event|(?:hard|soft)irqs last|-{2,6}\[ end",
    ),
    Format("warn", r"BUG: Bad (?P<bug>page state|page map|rss-counter state)", "bad {bug}"),
    # fs/sysfs/dir.c, lib/kobject.c
    Format(
        "warn",
        r"(?P<bug>cannot create duplicate filename '[^']{0,200}')",
        "{bug}",
        head=4,
        tail=r"kobject: ",
    ),
    Format(
        "warn",
        r"(?:kobject )?(?:'.{1,80}' )?\(\S{1,20}\): (?P<bug>tried to (?:init an initialized|add an"
        r" uninitialized) object|invalid kobject pointer|must have a ktype)",
        "kobject: {bug}",
        head=4,
    ),
    # kernel/module/main.c
    Format(
        "warn",
        r"(?:do_init_module: )?'(?P<init_of>[\w-]{1,64})'->init"
        r" (?P<bug>suspiciously returned -?\d{1,10})",
        "init {bug}",
        head=4,
    ),
    # kernel/irq/manage.c, spurious.c
    Format("warn", r"Flags mismatch irq (?P<irq>\d{1,6})\.", "flags mismatch on irq {irq}", head=3),
    Format(
        "warn",
        r"irq (?P<irq>\d{1,6}): nobody cared",
        "irq {irq}: nobody cared",
        tail=r"handlers:|\[<|Disabling IRQ",
        head=4,
    ),
    Format(
        "warn",
        r"irq event (?P<irq>\d{1,6}): bogus return value (?P<value>\w{1,16})",
        "irq {irq}: handler returned the bogus value {value}",
        tail=r"handlers:|\[<|Disabling IRQ",
        head=4,
    ),
    # kmemleak_verbose, mm/kmemleak.c
    Format(
        "leak",
        r"unreferenced object 0x[0-9a-f]{1,16} \(size (?P<size>\d{1,20})\)",
        "memory leak: {size} bytes",
        head=12,
    ),
    # kernel/locking/lockdep.c: lockdep speaking of itself
    Format(None, r"BUG: MAX_\w{1,40} too low", ""),
    # What we have no row for, if it brings a stack. (That lockdep is off is said in the middle of
    # other reports, where the held locks would stand.)
    Format(
        "warn",
        r"(?:BUG|WARNING|INFO): (?!lockdep is turned off)(?P<bug>\S.{0,120})",
        "{bug}",
        head=8,
        vague=True,
    ),
)

#: Lines that come just before a header and belong to it: the message of a WARN() or BUG(), and
#: what lib/list_debug.c, mm/usercopy.c and arch/x86/mm/fault.c print first.
PREAMBLES = re.compile(
    r"-{6,40}\[ cut here \]-{6,40}"
    r"|list_(?:add|del) (?:corruption|double add)"
    r"|(?:usercopy: )?(?:Kernel memory (?:exposure|overwrite) attempt|Bad or missing usercopy)"
    r"|kernel tried to execute NX-protected page|unable to execute userspace code"
)

#: WARN()s whose message, file or function says that they are of another kind.
RECLASSIFIED: tuple[tuple[FindingKind, re.Pattern[str]], ...] = (
    ("atomic-sleep", re.compile(r"do not call blocking ops when !TASK_RUNNING")),
    ("atomic-sleep", re.compile(r"Voluntary context switch within RCU read-side")),
    ("lockdep", re.compile(r"DEBUG_(?:LOCKS|RWSEMS|SPINLOCKS?)_WARN_ON")),
    ("lockdep", re.compile(r"WARNING: CPU: \d+ PID: \d+ at (?:\./|\.\./)*kernel/locking/")),
    (
        "lockdep",
        re.compile(r"initcall .{1,300} returned with (?:preemption imbalance|disabled int)"),
    ),
    ("lockdep", re.compile(r"timer: .{1,300} preempt leak")),
)

#: Panics that only carry out what an earlier report decided.
FOLLOWING = re.compile(
    r"Kernel panic - not syncing: (?:Fatal exception|Fatal hardware error|Aiee, killing interrupt"
    r"|Attempted to kill|Oopsed too often|.{0,60}panic_on_\w{1,20} set|kasan\.fault=panic"
    r"|hung_task: blocked tasks|softlockup: hung tasks|Hard LOCKUP|RCU Stall|Machine halted"
    r"|Oops failed to kill|.{0,60}system warned too often|.{0,20}stack guard hit)"
)

#: A new kernel starts: nothing printed before goes on after it.
REBOOT = re.compile(r"Linux version \d|Booting the kernel|Decompressing Linux")

#: The end of an End.MARK report.
MARK = re.compile(r"-{2,8}\[ end |={30}")

_SUBSYSTEM = r"(?:[A-Za-z][\w.-]{0,40}: ){0,2}?"
_ROWS = tuple(re.compile(_SUBSYSTEM + row.pattern) for row in FORMATS)
_ANY_ROW = re.compile(
    _SUBSYSTEM
    + "(?:"
    + "|".join(re.sub(r"\(\?P<\w+>", "(?:", row.pattern) for row in FORMATS)
    + ")"
)
#: A cheap first look: most lines of a console are no header, and hostile ones are many.
_PLAUSIBLE = re.compile(
    r"BUG|WARNING|INFO: |UBSAN: |FAULT_INJ|\[#\d|PANIC|panic|LOCKUP|bad: |Corrupted"
    r"|duplicate filename|object|ktype|suspiciously|[Ff]lags mismatch|irq "
)


def header(text: str) -> tuple[Format, re.Match[str]] | None:
    """The first row that the line begins, or None."""
    if not _PLAUSIBLE.search(text) or not _ANY_ROW.match(text):
        return None
    for row, pattern in zip(FORMATS, _ROWS, strict=True):
        if found := pattern.match(text):
            return row, found
    return None
