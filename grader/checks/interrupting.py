"""Raise the module's interrupt while tasks are blocked, and see how they come back."""

from __future__ import annotations

from grader.checks.crowd import Job
from grader.checks.operations import Deviation
from grader.checks.say import Text, result
from grader.checks.session import verb
from grader.checks.stage import STILL_BLOCKED, Stage, Untriable
from grader.guest.protocol import calls
from grader.texts import listed, same

_AFTER = Text("after the interrupt", "après l'interruption")
_AN_ERROR = Text("an error", "une erreur")


def raise_interrupt(stage: Stage) -> None:
    """Write to the interrupt's attribute. All that waited must come back, with an error."""
    path = stage.interrupt
    assert path is not None, "checks that interrupt are not tried without it"
    waited = stage.crowd.waiting()
    slept = {job.name for job in waited if job.state is not None and job.state.state == "S"}
    for job in waited:
        job.interrupted = True
    stage.session.begin("trigger", f"echo 1 > {path}")
    seen = stage.session.call("trigger", calls.WriteFile(path, b"1\n"))
    stage.session.note("trigger", f"echo 1 > {path}", seen=result(seen.ret, seen.errno),
                       event="interrupts", command=f"echo 1 > {path}")  # fmt: skip
    stage.after_interrupt = True
    stage.crowd.settle(lambda: not stage.crowd.waiting(), stage.took)
    left = [job for job in waited if job.seen is None]
    if stage.judge == "released":
        _released(stage, waited, left)
    for job in left:
        stage.kill(job.name)
    stuck = [job for job in left if job.seen is None]
    if stage.judge == "after" and any(
        job.name in slept and _wants_lock(stage, job) for job in stuck
    ):
        names = listed(same(job.name) for job in stuck)
        stage.session.note(names, _AFTER, ok=False, seen=STILL_BLOCKED)
        raise Deviation(
            Text(f"after the interrupt {names.en} waits for a lock that nobody gives back",
                 f"après l'interruption, {names.fr} attend un verrou que personne ne rend")
        )  # fmt: skip
    if stuck:
        raise Untriable(
            Text(
                "a task that the interrupt did not release cannot be ended, so nothing can be "
                "tried after it",
                "une tâche que l'interruption n'a pas libérée ne peut être arrêtée : rien ne peut "
                "être essayé ensuite",
            )
        )


def _wants_lock(stage: Stage, job: Job) -> bool:
    """Whether one that slept so that signals end it is now where none does: it left its wait, for a
    lock. (The kernel leaves locks out of the stack of a task that waits for one.)
    """
    now = stage.session.guest.channel.state(job.actor, stage.session.patience.answer, 0)
    return now.state == "D"


def _released(stage: Stage, waited: list[Job], left: list[Job]) -> None:
    if left:
        names = listed(same(job.name) for job in left)
        stage.session.note(names, _AFTER, expected=_AN_ERROR, ok=False, seen=STILL_BLOCKED)
        where = listed(map(same, dict.fromkeys(verb(job.call) for job in left)))
        raise Deviation(
            Text(f"{names.en} stayed blocked in {where.en} after the interrupt",
                 f"{names.fr} : toujours bloqué dans {where.fr} après l'interruption")
        )  # fmt: skip
    for job in waited:
        assert job.seen is not None
        part = isinstance(job.call, calls.Write) and 0 < job.seen.ret < len(job.call.data)
        if job.seen.ret < 0 or part:
            continue
        told = result(job.seen.ret, job.seen.errno)
        stage.session.note(job.name, _AFTER, expected=_AN_ERROR, seen=told, ok=False)
        raise Deviation(
            Text(f"{job.name} was released by the interrupt, but returned {told}, not an error",
                 f"{job.name} a été libéré par l'interruption, mais a renvoyé {told}, sans erreur")
        )  # fmt: skip
