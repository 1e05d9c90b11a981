"""Is a report the module's, and which of its functions did it?

The rules are those of the course's criteria: a report is the module's if the module is in it. See
``docs/kernel-reports.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from grader.kernel_reports.model import Frame, KernelReport, Role

#: Where x86-64 puts all modules (Documentation/arch/x86/x86_64/mm.rst), [start, end). In a guest
#: whose only module is the student's, it is all theirs. The address and size in /proc/modules are
#: not enough: code, data and constants are areas of their own, with gaps (6.4 and later).
MODULE_AREA = (0xFFFFFFFFA0000000, 0xFFFFFFFFFF000000)

#: Entries that name code of the module's, best witness first. A certain frame of the report's own
#: stack comes before them all, an uncertain one after them all.
_WITNESSES: tuple[frozenset[Role], ...] = (
    frozenset({"title", "hint"}),
    frozenset({"held-lock", "dependency", "preempt-off", "released"}),
    frozenset({"irqs-off"}),
    frozenset({"allocated", "freed", "stack-object"}),
)
#: These name data: enough to say whose it is, useless as a place in the code.
_DATA: frozenset[Role] = frozenset({"variable", "lock"})


def module_frame(report: KernelReport, module: str) -> Frame | None:
    """The frame of ``module`` to blame for ``report``, or None if it has none in it.

    The first certain one of the stack; else a function that the report names otherwise (in its
    title, as the taker of a lock, as an earlier part of a dependency chain, as the one that turned
    preemption off, as the one that allocated or freed the memory); else an uncertain one.
    """
    return next(iter(module_frames(report, module)), None)


def module_frames(report: KernelReport, module: str) -> list[Frame]:
    """All frames of ``module`` in the report, the one to blame first.

    For callers that can tell the student's own lines from those of a kernel header: of a function
    that the compiler did not inline (``__refcount_sub_and_test``), the next frame is the one.
    """
    return list(_suspects(report, _name(module)))


def involves_module(
    report: KernelReport, module: str, ranges: Sequence[tuple[int, int]] = ()
) -> bool:
    """Whether the report is the module's.

    ``ranges`` are the addresses [start, end) that the module had while it was loaded: a leak's
    backtrace, or a call into a module that is gone, is printed as bare addresses.
    """
    name = _name(module)
    if any(_suspects(report, name)):
        return True
    if any(entry.frame.module == name for entry in report.entries if entry.role in _DATA):
        return True
    return any(start <= address < end for address in report.addresses for start, end in ranges)


def first_cause(
    reports: Sequence[KernelReport], module: str, ranges: Sequence[tuple[int, int]] = ()
) -> KernelReport | None:
    """The first of the module's reports, or None.

    Later ones of the same boot are noise: lockdep turns itself off with its first report, KASAN
    reports once, and what runs on after an oops holds locks that nobody will give back.
    """
    return next((report for report in reports if involves_module(report, module, ranges)), None)


def _suspects(report: KernelReport, name: str) -> Iterator[Frame]:
    # What an interrupt's handler did wrong is told over the stack of what it interrupted.
    yield from _of(name, (entry.frame for entry in report.entries if entry.role == "handler"))
    yield from _of(name, (frame for frame in report.frames if frame.certain))
    for roles in _WITNESSES:
        if "irqs-off" in roles and report.kind not in ("atomic-sleep", "lockdep"):
            continue
        yield from _of(name, (entry.frame for entry in report.entries if entry.role in roles))
    yield from _of(name, (frame for frame in report.frames if not frame.certain))


def _of(name: str, frames: Iterable[Frame]) -> Iterator[Frame]:
    return (frame for frame in frames if frame.module == name)


def _name(module: str) -> str:
    """kbuild turns the dashes of a file name into underscores; the kernel prints those."""
    return module.removesuffix(".ko").replace("-", "_")
