"""Check kind ``reload``: rmmod, what is left behind, an empty buffer after each insmod, leaks."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from grader.checks.context import ALPHABET, Load, Outcome, Task
from grader.checks.device import (
    LOOKER,
    Surroundings,
    find_device,
    insert_module,
    left_behind,
    look_around,
    open_device,
)
from grader.checks.leaking import find_leaks, load_now, own_files
from grader.checks.misusing import misuse
from grader.checks.operations import reading
from grader.checks.say import NOTHING, Text, errno_name, result, show
from grader.checks.sequence import lost_outcome
from grader.checks.session import Lost, Session
from grader.guest.protocol import calls
from grader.rubric import schema


class _LostInUse(Exception):
    """A call to the module did not come back: what this check is about was not reached."""

    def __init__(self, lost: Lost):
        self.lost = lost
        super().__init__(str(lost))


@dataclass(frozen=True)
class _Plan:
    """What is done between insmod and rmmod. ``used``: the texts written so far, or None if the
    module is not to be used.
    """

    used: list[bytes] | None
    resizes: int
    interrupts: int
    misuse: bool


def run_reload(
    check: schema.ReloadCheck, task: Task, session: Session, *, use: bool = True
) -> Outcome:
    """``cycles`` times: insmod, use it (unless ``use`` is false), rmmod, look for what is left."""
    loads: list[Load] = []
    reason: Text | None = None
    try:
        before = look_around(session)
        used: list[bytes] = []
        for cycle in range(1, check.cycles + 1):
            plan = _Plan(used if use else None, check.resizes, check.interrupts, check.misuse)
            reason = _one_cycle(cycle, task, session, before, plan, loads)
            session.steps[:] = _folded(session.steps, cycle, failed=reason is not None)
            if reason is not None:
                break
        leaks = find_leaks(session, own_files(task)) if reason is None else ()
    except _LostInUse as ended:
        return replace(lost_outcome(session, ended.lost), in_use=True)
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(
        reason if check.judged else None,
        tuple(session.steps),
        leaks=leaks,
        loads=tuple(loads),
    )


def _one_cycle(
    cycle: int,
    task: Task,
    session: Session,
    before: Surroundings,
    plan: _Plan,
    loads: list[Load],
) -> Text | None:
    failed = insert_module(session, task.module.data)
    if failed:
        name = errno_name(failed)
        return Text(
            f"insmod number {cycle} failed with {name}: something of the module before was left",
            f"l'insmod numéro {cycle} a échoué avec {name} : il reste quelque chose du précédent",
        )
    loads += load_now(task, session)
    device = find_device(session, task.settings.device, before)
    stale = None
    if device and plan.used is not None:
        try:
            stale = _use(cycle, task, session, device.path, plan.used)
            _set_attributes(task, session, plan)
            if plan.misuse:
                blocking = task.settings.blocking
                misuse(session, device.path, task.attributes.size, blocking=blocking)
        except Lost as lost:
            raise _LostInUse(lost) from lost
    session.begin("root", "rmmod")
    seen = session.call("rmmod", calls.DeleteModule(task.module.kernel_name))
    session.note("root", "rmmod", expected="0", seen=result(seen.ret, seen.errno),
                 ok=seen.ret == 0, command=f"rmmod {task.module.kernel_name}")  # fmt: skip
    if seen.ret != 0:
        name = errno_name(seen.errno)
        return Text(f"rmmod failed with {name}", f"rmmod a échoué avec {name}")
    if device and device.made:
        session.call(LOOKER, calls.Unlink(device.path))
    left = left_behind(session, before)
    if left:
        what = left.describe()
        action = Text("look for what is left", "recherche de ce qui reste")
        session.note("root", action, expected=NOTHING, seen=what, ok=False)
        return Text(f"rmmod left {what} behind", f"rmmod a laissé {what}")
    return stale


def _use(cycle: int, task: Task, session: Session, path: str, used: list[bytes]) -> Text | None:
    """Write fresh bytes and read some: none from before the load may come. Leaves some stored."""
    dice = task.random(f"reload:{cycle}")
    # Old and new texts come from two halves of the alphabet, so that no byte can be both.
    half = ALPHABET[: len(ALPHABET) // 2] if cycle % 2 else ALPHABET[len(ALPHABET) // 2 :]
    text = bytes(dice.sample(list(half), 6))
    old = used[-1] if used else b""
    used.append(text)
    writer = open_device(session, "shell", path, os.O_WRONLY)
    if writer < 0:
        return None
    session.call("shell", calls.Write(writer, text + b"\n"))
    session.call("shell", calls.Close(writer))
    if not old:
        return None
    reader = open_device(session, "shell", path, os.O_RDONLY)
    if reader < 0:
        return None
    seen = session.call("shell", calls.Read(reader, 3, guard=0))
    session.call("shell", calls.Close(reader))
    got = calls.decode_read(seen.data, 3, 0).body[: max(0, seen.ret)]
    if not set(got) & set(old):
        return None
    session.note("shell", reading(3), expected=show(text[:3]), seen=show(got), ok=False)
    return Text(
        f"after loading again, {show(got).en} was still there from before",
        f"après rechargement, {show(got).fr} était encore là d'avant",
    )


def _set_attributes(task: Task, session: Session, plan: _Plan) -> None:
    """Set the size and raise the interrupt again and again: what each allocates must not stay."""
    if task.survey is None:
        return
    size, trigger = task.survey.attributes.size, task.survey.interrupt
    for number in range(plan.resizes if size else 0):
        session.call("shell", calls.WriteFile(size or "", b"%d\n" % (40 + number)))
    for _ in range(plan.interrupts if trigger else 0):
        session.call("trigger", calls.WriteFile(trigger or "", b"1\n"))


def _folded(steps: list, cycle: int, *, failed: bool) -> list:  # type: ignore[type-arg]
    """Ten equal cycles make a dull story: keep the first and the one that failed."""
    if failed or cycle == 1:
        return steps
    return steps[: steps_of_first(steps)]


def steps_of_first(steps: list) -> int:  # type: ignore[type-arg]
    """How many steps the first cycle took: up to and with its rmmod."""
    for number, step in enumerate(steps, 1):
        if step.action == "rmmod":
            return number
    return len(steps)
