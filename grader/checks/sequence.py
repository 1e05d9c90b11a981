"""Check kinds ``sequence`` and ``random``: operations by actors, compared with the model."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal

from grader.checks.context import ALPHABET, Outcome, Task, draw
from grader.checks.device import Device, find_device, insert_module
from grader.checks.operations import Deviation, Operations
from grader.checks.say import Text, errno_name, show
from grader.checks.session import GuestLost, Lost, Session, TaskHung
from grader.model import start
from grader.rubric import schema

Opens = Literal["each", "once"]


def run_sequence(
    check: schema.SequenceCheck, task: Task, session: Session, opens: Opens
) -> Outcome:
    """The fixed steps of the rubric, with freshly drawn payloads."""
    payloads = draw(check.draw, task.random(check.id))

    def work(device: Operations) -> None:
        for step in check.steps:
            _do(step, device, payloads)

    return _with_device(check, task, session, opens, work)


def run_random(check: schema.RandomCheck, task: Task, session: Session, opens: Opens) -> Outcome:
    """Random writes and partial reads; never more stored than the capacity, whatever the policy."""
    dice = task.random(check.id)

    def work(device: Operations) -> None:
        for _ in range(check.operations):
            _random_step(device, dice, task.settings.capacity)
        if not device.belief.must_be_empty():
            device.cat("shell")  # reading what is empty is consume's to try

    return _with_device(check, task, session, opens, work)


def _load(task: Task, session: Session) -> Device:
    """insmod and find the device. Both worked in the load check, so failing here is new."""
    assert task.survey is not None
    failed = insert_module(session, task.module.data)
    if failed:
        name = errno_name(failed)
        raise Deviation(Text(f"insmod failed with {name}", f"insmod a échoué avec {name}"))
    device = find_device(session, task.settings.device, task.survey.before)
    if device is None:
        raise Deviation(
            Text("the module registered no device", "le module n'a enregistré aucun périphérique")
        )
    return device


def _with_device(
    check: schema.SequenceCheck | schema.RandomCheck,
    task: Task,
    session: Session,
    opens: Opens,
    work: Callable[[Operations], None],
) -> Outcome:
    assert task.survey is not None, "the load check comes first"
    policies = task.survey.policies
    if isinstance(check, schema.SequenceCheck) and not check.drop_last:
        policies = policies - {"drop-last"} or policies
    try:
        device = task.loaded.device if task.loaded else _load(task, session)
        operations = Operations(
            session,
            device.path,
            start(sorted(policies), task.settings.capacity),
            judge=getattr(check, "judge", "bytes"),
            strict=getattr(check, "strict_returns", False),
            once=opens == "once",
        )
        work(operations)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(None, tuple(session.steps))


def lost_outcome(session: Session, lost: Lost) -> Outcome:
    """The experiment ended early: the last line of the story says how."""
    actor, action = session.doing
    session.note(actor or "kernel", action, seen=lost.text.en, ok=False)
    return Outcome(
        lost.text,
        tuple(session.steps),
        hung=lost.state if isinstance(lost, TaskHung) else None,
        guest_lost=isinstance(lost, GuestLost) or session.guest.death() is not None,
    )


def _do(step: schema.Step, device: Operations, payloads: dict[str, bytes]) -> None:
    match step:
        case schema.Echo():
            data = payloads[step.text] + b"\n"
            device.write(step.by, data, f"echo {show(payloads[step.text])} > {device.path}")
        case schema.WriteBytes():
            data = payloads[step.bytes]
            device.write(step.by, data, f"write {show(data)}, no newline")
        case schema.Cat():
            device.cat(step.by)
        case schema.Read():
            device.read(step.by, step.count)
        case schema.BadWrite():
            device.write_bad(step.by, step.count, step.where)
        case schema.BadRead():
            device.read_bad(step.by, step.count, step.where)
        case schema.NoBytes(do="write-nothing"):
            device.write_nothing(step.by)
        case schema.NoBytes():
            device.read_nothing(step.by)


def _random_step(device: Operations, dice: random.Random, capacity: int) -> None:
    """A write that fits, or a read that may take less than there is."""
    stored = device.belief.largest()
    newline = 1 if "keep" in device.belief.policies() else 0
    room = capacity - stored - newline
    if room > 0 and (stored == 0 or dice.random() < 0.55):
        length = room if dice.random() < 0.2 else dice.randint(1, room)
        text = bytes(dice.sample(list(ALPHABET), length))
        device.write("shell", text + b"\n", f"echo {show(text)} > {device.path}")
    else:
        device.read("shell", dice.randint(1, stored + 2))
