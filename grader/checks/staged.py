"""Check kind ``staged``: blocking readers and writers, one step at a time."""

from __future__ import annotations

from grader.checks.attributes import decimal
from grader.checks.context import Load, Outcome, Task, draw, draw_numbers
from grader.checks.failed_read import failed_read
from grader.checks.interrupting import raise_interrupt
from grader.checks.leaking import leaks_at_end, load_now
from grader.checks.operations import Deviation
from grader.checks.resizing import ACCEPTED, REFUSED, SAID_0, answer, never_ends
from grader.checks.say import Text, echo, not_as_due, number_shown
from grader.checks.sequence import load_module, lost_outcome
from grader.checks.session import Lost, Session
from grader.checks.stage import Stage, Untriable
from grader.checks.waiting_words import nobody_waited
from grader.guest.protocol import calls
from grader.kernel_reports import KernelReport
from grader.rubric import schema, steps


def run_staged(check: schema.StagedCheck, task: Task, session: Session) -> Outcome:
    """The steps of the rubric, with freshly drawn payloads."""
    assert task.survey is not None, "the load check comes first"
    payloads = draw(check.draw, task.random(check.id))
    numbers = draw_numbers(check.draw, task.random(f"{check.id}:numbers"))
    loads: list[Load] = []
    try:
        device = task.loaded.device if task.loaded else load_module(task, session)
        loads += load_now(task, session) if check.leaks else []
        stage = Stage.on(device.path, task, session, check.judge, check.id)
        for step in check.steps:
            _do(step, stage, payloads, numbers)
    except Untriable as gone:
        return Outcome(gone.text, tuple(session.steps), untried=True)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except Lost as lost:
        return lost_outcome(session, lost)
    if check.judge in ("wakeups", "released") and not stage.anybody_waited:
        return Outcome(nobody_waited(), tuple(session.steps), untried=True)
    leaks: tuple[KernelReport, ...] = ()
    if check.leaks:
        unloaded = any(isinstance(step, steps.Unload) for step in check.steps)
        opened = [(name, fd) for (name, _), fd in stage.open_files.items()]
        leaks = leaks_at_end(session, task, opened, unloaded=unloaded)
    return Outcome(None, tuple(session.steps), leaks=leaks, loads=tuple(loads))


def _do(
    step: steps.StagedStep, stage: Stage, payloads: dict[str, bytes], numbers: dict[str, int]
) -> None:
    match step:
        case steps.Read():
            stage.read(step.by, step.count)
        case steps.Echo():
            text = payloads[step.text]
            stage.write(step.by, text + b"\n", echo(text, stage.operations.path))
        case steps.Fill():
            stage.fill(step.by)
        case steps.Drain():
            stage.drain(step.by)
        case steps.Kill():
            stage.kill(step.by)
        case steps.Unload():
            stage.unload()
        case steps.Interrupt():
            raise_interrupt(stage)
        case steps.BadRead():
            failed_read(stage, step.by, step.count, step.where)
        case _:
            _do_attribute(step, stage, numbers)


def _do_attribute(
    step: steps.Resize | steps.ShowCount | steps.ShowSize, stage: Stage, numbers: dict[str, int]
) -> None:
    """What the attributes should show is the ledger's word here, not the belief's."""
    stored = stage.ledger.stored
    writing = bool(stage.hands)
    match step:
        case steps.ShowCount():
            count = stage.ledger.capacity if writing else stored
            _shows(stage, step.by, stage.operations.attributes.count, count)
        case steps.ShowSize():
            _shows(stage, step.by, stage.operations.attributes.size, stage.ledger.capacity)
        case steps.Resize(to=to):
            _resize(stage, step.by, to if isinstance(to, int) else numbers[to])


def _shows(stage: Stage, by: str, path: str | None, due: int) -> None:
    assert path is not None, "checks that show it are not tried without it"
    seen = stage.session.call(by, calls.ReadFile(path, cap=4096))
    right = seen.ret >= 0 and decimal(seen.data) == due
    action = f"cat {path}"
    stage.session.note(
        by, action, expected=str(due), seen=number_shown(seen), ok=right, command=action
    )
    if not right:
        raise Deviation(not_as_due(path, seen, str(due)))


def _resize(stage: Stage, by: str, size: int) -> None:
    """Set the size while tasks may be blocked; then let everything come to rest."""
    path = stage.operations.attributes.size
    assert path is not None, "checks that resize are not tried without it"
    held = stage.ledger.capacity if stage.hands else stage.ledger.stored
    stage.session.begin(by, f"echo {size} > {path}")
    seen = stage.session.call(by, calls.WriteFile(path, b"%d\n" % size))
    taken, due = seen.ret >= 0, size >= held
    told = SAID_0 if seen.ret == 0 else answer(seen)
    wanted = ACCEPTED if due else REFUSED
    action = f"echo {size} > {path}"
    stage.session.note(by, action, expected=wanted, seen=told, ok=taken == due and seen.ret != 0,
                       command=action)  # fmt: skip
    if seen.ret == 0 and stage.judge in ("all", "attributes"):
        raise Deviation(never_ends(size))
    if taken != due and stage.judge in ("all", "attributes"):
        raise Deviation(
            Text(f"the size {size} was {told.en} with {held} bytes stored; it must be {wanted.en}",
                 f"taille {size} avec {held} octets stockés : {told.fr} ; elle doit être "
                 f"{wanted.fr}")
        )  # fmt: skip
    if taken:
        stage.ledger.capacity = size
    stage.settle()
