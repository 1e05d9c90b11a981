"""Check kinds ``raises`` and ``irq-unload``: the interrupt itself, and what rmmod leaves of it."""

from __future__ import annotations

from grader.checks.context import Outcome, Task
from grader.checks.device import LOOKER
from grader.checks.interrupts import interrupts_so_far
from grader.checks.operations import Deviation
from grader.checks.say import NOTHING, Text, errno_name, result
from grader.checks.sequence import KERNEL, load_module, lost_outcome
from grader.checks.session import Lost, Session, end_nonce
from grader.guest.protocol import calls
from grader.kernel_reports import KernelReport, find_reports, title_in_both
from grader.rubric import schema
from grader.texts import same

_NO_HANDLER = Text("no handler", "aucun gestionnaire")
#: What every line has in /proc/irq/N (kernel/irq/proc.c, 6.12); a handler adds a folder of its own.
_FOLDER = 4  # d_type, readdir(3)


def run_raises(_: schema.RaisesCheck, task: Task, session: Session) -> Outcome:
    """One write, one interrupt: from either processor, and from wherever the writer runs."""
    assert task.survey is not None and task.survey.interrupt is not None
    try:
        load_module(task, session)
        for cpu in (0, 1, None):
            _raise_once(task, session, task.survey.interrupt, cpu)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(None, tuple(session.steps))


def _raise_once(task: Task, session: Session, path: str, cpu: int | None) -> None:
    name = "shell" if cpu is None else f"shell-on-{cpu}"
    session.spawn(name, cpu)
    before = interrupts_so_far(session, task)
    session.begin(name, f"echo 1 > {path}")
    seen = session.call(name, calls.WriteFile(path, b"1\n"))
    came = interrupts_so_far(session, task) - before
    where = same("") if cpu is None else Text(f" on processor {cpu}", f" sur le processeur {cpu}")
    returned = result(seen.ret, seen.errno)
    session.note(
        name,
        Text(f"echo 1 > {path}{where.en}", f"echo 1 > {path}{where.fr}"),
        expected=Text("1 interrupt", "1 interruption"),
        seen=Text(
            f"{came} interrupts, write returned {returned}",
            f"{came} interruptions, write a renvoyé {returned}",
        ),
        ok=came == 1,
        event="interrupts",
        command=f"echo 1 > {path}",
    )
    if came != 1:
        line = ", ".join(map(str, task.survey.lines)) if task.survey else ""
        raise Deviation(
            Text(f"one write to {path}{where.en} raised {came} interrupts on line {line}, not 1",
                 f"une écriture dans {path}{where.fr} a levé {came} interruptions sur la ligne "
                 f"{line}, pas 1")
        )  # fmt: skip


def run_irq_unload(_: schema.IrqUnloadCheck, task: Task, session: Session) -> Outcome:
    """insmod, rmmod, then look for the handler's folder in /proc/irq and for what the kernel says.

    Not in /proc/interrupts: a handler that was left there has its name in memory that is gone.
    """
    assert task.survey is not None
    mark = 0
    try:
        load_module(task, session)
        session.settle(end_nonce())
        mark = session.guest.console.mark()
        session.begin("root", "rmmod")
        seen = session.call("rmmod", calls.DeleteModule(task.module.kernel_name))
        told = result(seen.ret, seen.errno)
        session.note("root", "rmmod", expected="0", seen=told, ok=seen.ret == 0,
                     command=f"rmmod {task.module.kernel_name}")  # fmt: skip
        if seen.ret != 0:
            name = errno_name(seen.errno)
            raise Deviation(Text(f"rmmod failed with {name}", f"rmmod a échoué avec {name}"))
        _nothing_left(task, session)
        reports = _said(session, mark)
    except Deviation as deviation:
        said = _said(session, mark)
        return Outcome(deviation.text, tuple(session.steps), judged_reports=_names(said))
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(
        _warned(reports[0]) if reports else None,
        tuple(session.steps),
        judged_reports=_names(reports),
    )


def _nothing_left(task: Task, session: Session) -> None:
    assert task.survey is not None
    for line in task.survey.lines:
        listing = session.call(LOOKER, calls.ListDir(f"/proc/irq/{line}"))
        left = [
            name.decode("utf-8", "replace")
            for name, kind in calls.decode_listing(listing.data)
            if kind == _FOLDER
        ]
        action = f"ls /proc/irq/{line}"
        told = ", ".join(left)
        session.note("root", action, expected=_NO_HANDLER, seen=told or _NO_HANDLER, ok=not left)
        if left:
            raise Deviation(
                Text(f"after rmmod, line {line} still has the handler {told}: free_irq() is "
                     "missing, or was given another dev_id than request_irq()",
                     f"après rmmod, la ligne {line} a encore le gestionnaire {told} : free_irq() "
                     "manque, ou a reçu un autre dev_id que request_irq()")
            )  # fmt: skip


def _said(session: Session, mark: int) -> list[KernelReport]:
    """What the kernel has reported since ``mark``."""
    session.settle(end_nonce())
    reports = find_reports(session.guest.console.text(mark))
    seen = title_in_both(reports[0].title) if reports else NOTHING
    session.note(KERNEL, Text("says", "dit"), expected=NOTHING, seen=seen, ok=not reports)
    return reports


def _names(reports: list[KernelReport]) -> frozenset[tuple[str, str]]:
    return frozenset((report.kind, report.title) for report in reports)


def _warned(report: KernelReport) -> Text:
    title = title_in_both(report.title)
    return Text(
        f"at rmmod the kernel reported: {title.en}", f"à rmmod le noyau a signalé : {title.fr}"
    )
