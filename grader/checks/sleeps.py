"""Check kind ``sleeps``: a blocked task sleeps inside the module and uses no processor time."""

from __future__ import annotations

from grader.checks.context import Outcome, Task
from grader.checks.crowd import Job
from grader.checks.operations import Deviation
from grader.checks.say import Text, echo
from grader.checks.sequence import load_module, lost_outcome
from grader.checks.session import Lost, Session, used
from grader.checks.stage import Stage
from grader.guest.channel import TaskState
from grader.rubric import schema

#: How long it is watched, by the guest's clock, and how many looks that takes at least.
WATCH_NS = 2_000_000_000
LOOKS = 8
#: Seconds between two looks.
EVERY = 0.2
#: Processor time (1/100 s) that a task may use meanwhile: none, but for what counting rounds up.
FREE_TICKS = 2
#: A task that wakes up more often than this in a second looks for itself instead of being woken.
WAKES_A_SECOND = 5.0
READ = 8
_WATCHED = Text("is watched while it waits", "est observé pendant qu'il attend")
_ASLEEP = Text("asleep, no processor time", "endormi, sans temps de processeur")


def run_sleeps(check: schema.SleepsCheck, task: Task, session: Session) -> Outcome:
    """A reader of the empty channel, or a writer to the full one, is watched for a while."""
    assert task.survey is not None, "the load check comes first"
    try:
        device = task.loaded.device if task.loaded else load_module(task, session)
        stage = Stage.on(device.path, task, session, "attributes", check.id)
        if check.who == "reader":
            stage.read("reader", READ)
        else:
            stage.fill("filler")
            stage.write("writer", b"x\n", echo(b"x", device.path))
        job = stage.crowd.jobs[check.who]
        if job.seen is not None:
            return Outcome(_not_blocked(check.who), tuple(session.steps), untried=True)
        _watch(job, stage, task.module.kernel_name)
    except Deviation as deviation:
        return Outcome(deviation.text, tuple(session.steps))
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(None, tuple(session.steps))


def _watch(job: Job, stage: Stage, module: str) -> None:
    channel, patience = stage.session.guest.channel, stage.session.patience
    first = last = channel.state(job.actor, patience.answer)
    looks = 1
    while looks < LOOKS or last.clock_ns - first.clock_ns < WATCH_NS:
        if channel.wait(job.ticket, EVERY) is not None:
            _say(stage, job, Text("it came back by itself", "il est revenu de lui-même"))
            raise Deviation(
                Text(f"the {job.name} waited a while and came back with nothing",
                     f"{job.name} : la tâche a attendu un moment puis est revenue sans rien")
            )  # fmt: skip
        last = channel.state(job.actor, patience.answer)
        looks += 1
        if used(first, last) > 100:
            break
    _judge(stage, job, first, last, module)


def _judge(stage: Stage, job: Job, first: TaskState, last: TaskState, module: str) -> None:
    seconds = max(0.1, (last.clock_ns - first.clock_ns) / 1e9)
    ran = used(first, last)
    wakes = (last.voluntary - first.voluntary) / seconds
    told = Text(
        f"state {last.state}, {ran / 100:.2f} s of processor time in {seconds:.1f} s",
        f"état {last.state}, {ran / 100:.2f} s de temps de processeur en {seconds:.1f} s".replace(
            ".", ","
        ),
    )
    if ran > FREE_TICKS:
        _say(stage, job, told)
        raise Deviation(
            Text(f"the blocked {job.name} keeps the processor busy ({told.en}): it must sleep",
                 f"la tâche bloquée occupe le processeur ({told.fr}) : elle doit dormir")
        )  # fmt: skip
    if wakes > WAKES_A_SECOND:
        woken = Text(
            f"{told.en}, woken {wakes:.0f} times a second",
            f"{told.fr}, réveillé {wakes:.0f} fois par seconde",
        )
        _say(stage, job, woken)
        raise Deviation(
            Text(f"the blocked {job.name} wakes up {wakes:.0f} times a second to look again: it "
                 "must sleep until it is woken",
                 f"la tâche bloquée se réveille {wakes:.0f} fois par seconde pour regarder : elle "
                 "doit dormir jusqu'à ce qu'on la réveille")
        )  # fmt: skip
    if last.state not in "SD" or (last.stack and f"[{module}]" not in last.stack):
        _say(stage, job, told)
        raise Deviation(
            Text(f"the blocked {job.name} is in state {last.state}, and not asleep in your module",
                 f"la tâche bloquée est dans l'état {last.state}, sans dormir dans votre module")
        )  # fmt: skip
    stage.session.note(job.name, _WATCHED, expected=_ASLEEP, seen=told, ok=True, event="waits")


def _say(stage: Stage, job: Job, seen: Text) -> None:
    stage.session.note(job.name, _WATCHED, expected=_ASLEEP, seen=seen, ok=False, event="waits")


def _not_blocked(who: str) -> Text:
    where = "the empty channel" if who == "reader" else "the full channel"
    ou = "vide" if who == "reader" else "plein"
    return Text(
        f"the {who} does not block on {where}, so how it waits cannot be seen",
        f"la tâche ne bloque pas sur le canal {ou} : on ne peut voir comment elle attend",
    )
