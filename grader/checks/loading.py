"""Check kind ``load``: insmod, the node, opening it. Also surveys what later checks need.

The survey is what rule 1 (independence) and rule 2 (newline) of the criteria rest on: what the
guest looked like before, and which newline policy the module follows.
"""

from __future__ import annotations

import os
from dataclasses import replace

from grader.checks.attributes import Attributes, Entry, find_attributes, look_into_sysfs
from grader.checks.context import Outcome, Survey, Task, draw
from grader.checks.crowd import Crowd
from grader.checks.device import (
    Device,
    Surroundings,
    find_device,
    insert_module,
    is_character,
    look_around,
    open_device,
)
from grader.checks.interrupts import interrupt_lines, new_lines
from grader.checks.operations import OPENS
from grader.checks.say import Text, errno_name
from grader.checks.sequence import lost_outcome
from grader.checks.session import Lost, Session
from grader.guest.channel import Observation
from grader.guest.protocol import calls
from grader.model import Policy
from grader.rubric import schema, steps
from grader.texts import same

_CHARACTER = Text("a character device", "un périphérique caractère")
_NOT_THERE = Text("not there", "absent")
_POLICIES: dict[str, frozenset[Policy]] = {
    "strip": frozenset({"strip", "drop-last"}),
    "keep": frozenset({"keep"}),
    "either": frozenset({"strip", "keep", "drop-last"}),
}


def run_load(check: schema.LoadCheck, task: Task, session: Session) -> Outcome:
    """insmod, then open the node for reading and for writing. Nothing is transferred."""
    allowed = _POLICIES[task.settings.newline]
    before = look_around(session)
    sysfs = look_into_sysfs(session) if task.settings.attributes else frozenset()
    irqs = interrupt_lines(session) if task.settings.interrupt else {}
    try:
        failed = insert_module(session, task.module.data)
    except Lost as lost:
        return lost_outcome(session, lost)
    if failed:
        return Outcome(_insmod_failed(failed), tuple(session.steps))
    survey = Survey(before, allowed, attributes=_attributes(task, session, sysfs))
    try:
        lines = new_lines(irqs, interrupt_lines(session)) if task.settings.interrupt else ()
        survey = replace(survey, lines=lines)
        problem, device = _try_node(task, session, before)
        if check.interrupt and problem is None:
            problem = _try_line(task, session, lines)
    except Lost as lost:
        ended = lost_outcome(session, lost)
        return replace(ended, survey=survey)
    survey = replace(
        survey, device=device is not None, attributes=_attributes(task, session, sysfs)
    )
    if device is not None and task.settings.newline == "either":
        survey = replace(survey, policies=_probe(check, task, session, device) or allowed)
    return Outcome(problem, tuple(session.steps), survey=survey)


def _try_line(task: Task, session: Session, lines: tuple[int, ...]) -> Text | None:
    """Whether the module's handler shows on the line that it should be on."""
    assert task.settings.interrupt is not None
    due = task.settings.interrupt.line
    numbers = ", ".join(map(str, lines))
    seen = same(numbers) if numbers else Text("none", "aucune")
    session.note(
        "root",
        "cat /proc/interrupts",
        expected=Text(f"a handler on line {due}", f"un gestionnaire sur la ligne {due}"),
        seen=Text(f"new handlers on: {seen.en}", f"lignes nouvelles : {seen.fr}"),
        ok=due in lines,
    )
    if due in lines:
        return None
    return Text(
        f"no handler of the module's shows on line {due} in /proc/interrupts (new lines: "
        f"{seen.en})",
        f"aucun gestionnaire du module sur la ligne {due} dans /proc/interrupts (lignes "
        f"nouvelles : {seen.fr})",
    )


def _attributes(task: Task, session: Session, before: frozenset[Entry]) -> Attributes:
    names = task.settings.attributes
    if names is None:
        return Attributes()
    try:
        return find_attributes(session, names, task.module.kernel_name, before)
    except Lost:
        return Attributes()


def _insmod_failed(number: int) -> Text:
    name = errno_name(number)
    hints = {
        "ENOENT": ("an unknown symbol: see the journal", "un symbole inconnu : voir le journal"),
        "EEXIST": ("something it registers is there already", "ce qu'il enregistre existe déjà"),
        "EBUSY": ("a number it asked for is taken", "un numéro demandé est pris"),
    }
    en, fr = hints.get(name, ("see the journal", "voir le journal"))
    return Text(f"insmod failed with {name} ({en})", f"insmod a échoué avec {name} ({fr})")


def _try_node(
    task: Task, session: Session, before: Surroundings
) -> tuple[Text | None, Device | None]:
    path = f"/dev/{task.settings.device}"
    there = is_character(session, path)
    session.note(
        "root", f"stat {path}", expected=_CHARACTER, ok=there,
        seen=_CHARACTER if there else _NOT_THERE, command=f"ls -l {path}",
    )  # fmt: skip
    if not there:
        device = find_device(session, task.settings.device, before)
        made = "" if device is None or device.made else f" ({device.path} appeared instead)"
        fr_made = "" if device is None or device.made else f" ({device.path} est apparu à la place)"
        return Text(
            f"{path} did not appear as a character device{made}",
            f"{path} n'est pas apparu comme périphérique caractère{fr_made}",
        ), device
    for flags, en, fr in (
        (os.O_RDONLY, "reading", "lecture"),
        (os.O_WRONLY, "writing", "écriture"),
    ):
        descriptor = open_device(session, "shell", path, flags)
        name = errno_name(-descriptor)
        session.note(
            "shell",
            Text(f"open {path} for {en}", f"ouverture de {path} en {fr}"),
            expected=OPENS,
            seen=OPENS if descriptor >= 0 else name,
            ok=descriptor >= 0,
        )
        if descriptor < 0:
            return Text(
                f"opening {path} for {en} failed with {name}",
                f"l'ouverture de {path} en {fr} a échoué avec {name}",
            ), Device(path)
        session.call("shell", calls.Close(descriptor))
    return None, Device(path)


def _read(session: Session, descriptor: int, may_block: bool) -> Observation | None:
    """One read; None if it blocks. Of a device of TP1 and TP2, one that never comes back does."""
    crowd = Crowd(session)
    job = crowd.start("prober", calls.Read(descriptor, 64, guard=0))
    crowd.settle(lambda: may_block, lambda job: None)
    return job.seen


def _probe(
    check: schema.LoadCheck, task: Task, session: Session, device: Device
) -> frozenset[Policy] | None:
    """Which newline policy the module follows; None when that cannot be told.

    The verdict of this check stands already; a module that breaks here breaks in its own check.
    """
    text = draw({"probe": steps.Draw(text=(3, 5))}, task.random(f"{check.id}:newline"))["probe"]
    got = b""
    try:
        writer = open_device(session, "prober", device.path, os.O_WRONLY)
        if writer < 0:
            return None
        rest = text + b"\n"
        while rest:  # a module may take a part, as scull does; echo writes on
            seen = session.call("prober", calls.Write(writer, rest))
            if not 0 < seen.ret <= len(rest):
                break
            rest = rest[seen.ret :]
        session.call("prober", calls.Close(writer))
        reader = open_device(session, "prober", device.path, os.O_RDONLY)
        for _ in range(2 * len(text)):
            came = _read(session, reader, may_block=bool(got))
            if came is None or came.ret <= 0:
                break
            got += calls.decode_read(came.data, 64, 0).body[: came.ret]
            if got == text + b"\n":
                break
    except Lost:
        pass
    if got == text:
        return _POLICIES["strip"]
    return _POLICIES["keep"] if got == text + b"\n" else None
