"""Check kind ``attributes``: both are where the handout has them, and what they hold at first."""

from __future__ import annotations

from grader.checks.attributes import decimal
from grader.checks.context import Outcome, Task
from grader.checks.operations import Deviation
from grader.checks.say import Text, not_as_due, number_shown
from grader.checks.sequence import load_module, lost_outcome
from grader.checks.session import Lost, Session
from grader.guest.protocol import calls
from grader.rubric import schema


def run_attributes(_: schema.AttributesCheck, task: Task, session: Session) -> Outcome:
    """Read both as ``cat`` does, in a guest where nothing else was done."""
    names = task.settings.attributes
    assert names is not None, "the rubric was checked when it was read"
    assert task.survey is not None, "the load check comes first"
    folder = f"/sys/kernel/{names.folder}"
    there = task.survey.attributes
    try:
        if task.loaded is None:
            load_module(task, session)
        _one(session, f"{folder}/{names.size}", task.settings.capacity, there.size)
        _one(session, f"{folder}/{names.count}", 0, there.count)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(None, tuple(session.steps))


def _one(session: Session, path: str, due: int, found: str | None) -> None:
    """``found``: where the module has it, as far as can be told."""
    action = f"cat {path}"
    session.begin("shell", action)
    seen = session.call("shell", calls.ReadFile(path, cap=4096))
    right = seen.ret >= 0 and decimal(seen.data) == due
    session.note(
        "shell", action, expected=str(due), seen=number_shown(seen), ok=right, command=action
    )
    if right:
        return
    reason = not_as_due(path, seen, str(due), Text(" after insmod", " après insmod"))
    if seen.ret < 0 and found and found != path:
        reason = Text(
            f"{reason.en}; there is {found} instead", f"{reason.fr} ; il y a {found} à la place"
        )
    raise Deviation(reason)
