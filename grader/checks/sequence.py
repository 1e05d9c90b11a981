"""Check kind ``sequence``: operations by actors, compared with the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from grader.checks import resizing
from grader.checks.attributes import read_number
from grader.checks.context import Outcome, Task, draw, draw_numbers
from grader.checks.device import Device, find_device, insert_module
from grader.checks.operations import Deviation, Operations
from grader.checks.say import Text, echo, errno_name, show
from grader.checks.session import GuestLost, Lost, Session, TaskHung
from grader.model import start
from grader.rubric import schema, steps

KERNEL = Text("kernel", "noyau")
Opens = Literal["each", "once"]


def run_sequence(
    check: schema.SequenceCheck, task: Task, session: Session, opens: Opens
) -> Outcome:
    """The fixed steps of the rubric, with freshly drawn payloads."""
    payloads = draw(check.draw, task.random(check.id))
    numbers = draw_numbers(check.draw, task.random(f"{check.id}:numbers"))

    def work(device: Operations) -> None:
        for step in check.steps:
            _do(step, device, payloads, numbers)

    return with_device(check, task, session, opens, work)


def load_module(task: Task, session: Session) -> Device:
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


def with_device(
    check: schema.SequenceCheck | schema.RandomCheck,
    task: Task,
    session: Session,
    opens: Opens,
    work: Callable[[Operations], None],
) -> Outcome:
    """What ``work`` shows on a device in its usual size; a deviation ends it."""
    assert task.survey is not None, "the load check comes first"
    policies = task.survey.policies
    if isinstance(check, schema.SequenceCheck) and not check.drop_last:
        policies = policies - {"drop-last"} or policies
    try:
        device = task.loaded.device if task.loaded else load_module(task, session)
        insisted = getattr(check, "overflow", "overwrite") == "overwrite"
        operations = Operations(
            session,
            device.path,
            start(
                sorted(policies),
                task.settings.capacity,
                ("overwrite",) if insisted else ("overwrite", "truncate", "refuse"),
            ),
            judge=getattr(check, "judge", "bytes"),
            strict=getattr(check, "strict_returns", False),
            once=opens == "once",
            attributes=task.survey.attributes,
        )
        usual_size(operations)
        work(operations)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(None, tuple(session.steps))


def usual_size(device: Operations) -> None:
    """A module that starts with another size than it should has lost that where it is tested."""
    if device.attributes.size is None:
        return
    shown = read_number(device.session, device.attributes.size)
    usual = device.belief.capacity()
    if shown is not None and shown != usual:
        resizing.resize(device, "shell", usual)


def lost_outcome(session: Session, lost: Lost) -> Outcome:
    """The experiment ended early: the last line of the story says how."""
    actor, action = session.doing
    session.note(actor or KERNEL, action, seen=lost.text, ok=False)
    return Outcome(
        lost.text,
        tuple(session.steps),
        hung=lost.state if isinstance(lost, TaskHung) else None,
        guest_lost=isinstance(lost, GuestLost) or session.guest.death() is not None,
    )


def _do(
    step: steps.Step, device: Operations, payloads: dict[str, bytes], numbers: dict[str, int]
) -> None:
    match step:
        case steps.Resize(to=to):
            stored = {"count": device.belief.largest(), "count-1": device.belief.counts()[0] - 1}
            size = to if isinstance(to, int) else (stored | numbers)[to]
            resizing.resize(device, step.by, size, judged=step.judged)
        case steps.Invalid():
            resizing.invalid(device, step.by, step.text)
        case steps.Zero():
            resizing.zero(device, step.by)
        case steps.ShowCount():
            resizing.show_count(device, step.by)
        case steps.ShowSize():
            resizing.show_size(device, step.by)
        case _:
            _do_on_device(step, device, payloads)


def _do_on_device(step: steps.Step, device: Operations, payloads: dict[str, bytes]) -> None:
    match step:
        case steps.Echo():
            data = payloads[step.text] + b"\n"
            device.write(step.by, data, echo(payloads[step.text], device.path))
        case steps.WriteBytes():
            data = payloads[step.bytes]
            shown = show(data)
            action = Text(
                f"write {shown.en}, no newline", f"écriture de {shown.fr}, sans retour à la ligne"
            )
            device.write(step.by, data, action)
        case steps.Cat():
            device.cat(step.by)
        case steps.Read():
            device.read(step.by, step.count)
        case steps.BadWrite():
            device.write_bad(step.by, step.count, step.where)
        case steps.BadRead():
            device.read_bad(step.by, step.count, step.where)
        case steps.NoBytes(do="write-nothing"):
            device.write_nothing(step.by)
        case steps.NoBytes():
            device.read_nothing(step.by)
