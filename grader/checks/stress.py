"""Check kind ``stress``: several writers and readers at once on two processors."""

from __future__ import annotations

import random
from collections import Counter

from grader.checks.at_work import STOP, AtWork, Writer
from grader.checks.attributes import read_number
from grader.checks.context import Outcome, Task
from grader.checks.crowd import Crowd
from grader.checks.operations import Deviation
from grader.checks.say import Text
from grader.checks.sequence import load_module, lost_outcome
from grader.checks.session import Lost, Session
from grader.checks.waiting_words import nobody_waited
from grader.checks.work_story import told_of, wrong_of, wrong_text
from grader.guest.protocol import calls
from grader.model.shuffle import is_shuffle
from grader.rubric import schema
from grader.texts import same

#: What the writers' texts are made of: each writer has letters of its own.
SYMBOLS = bytes(range(0x21, 0x7F))
_ALL = Text("all", "tous")
_COMPARE = Text("compare", "comparaison")


def run_stress(check: schema.StressCheck, task: Task, session: Session) -> Outcome:
    """All writers' bytes must come out of the readers, each once."""
    assert task.survey is not None, "the load check comes first"
    streams: AtWork | None = None
    try:
        device = load_module(task, session)
        starts_at_0 = _count(task, session) == 0
        _set_size(check, task, session)
        streams = AtWork(
            check,
            Crowd(session, streams=True),
            _writers(check, task.random(check.id)),
            # A newline that is kept would overwrite the byte before it, where that is what is wrong
            # and the size is 1.
            stop=bytes([STOP]) if task.survey.policies == {"keep"} else bytes([STOP]) + b"\n",
            task=task,
        )
        if not streams.start(device.path):
            return Outcome(nobody_waited(), tuple(session.steps), untried=True)
        action = Text(
            f"{check.writers} writers and {check.readers} readers at once",
            f"{check.writers} écrivains et {check.readers} lecteurs à la fois",
        )
        session.note(_ALL, action)
        streams.finish(device.path)
        if check.judge == "conserve":
            _conserved(session, streams)
            if starts_at_0:
                _count_is_0(task, session)
    except Deviation as deviation:
        told = told_of(streams) if streams else None
        return Outcome(deviation.text, tuple(session.steps), streams=told)
    except Lost as lost:
        return lost_outcome(session, lost)
    return Outcome(None, tuple(session.steps))


def _set_size(check: schema.StressCheck, task: Task, session: Session) -> None:
    assert task.survey is not None
    path = task.survey.attributes.size
    if check.size is None or path is None:
        return
    seen = session.call("shell", calls.WriteFile(path, b"%d\n" % check.size))
    session.note("shell", f"echo {check.size} > {path}", seen=str(seen.ret))


def _writers(check: schema.StressCheck, dice: random.Random) -> list[Writer]:
    """Each writer's text goes round and round its own letters, so that a gap shows."""
    letters = dice.sample(list(SYMBOLS), len(SYMBOLS))
    share = len(letters) // check.writers
    writers = []
    for number in range(check.writers):
        own = bytes(letters[number * share : (number + 1) * share])
        sequence = (own * (check.volume // share + 1))[: check.volume]
        body = check.piece - 1
        lines = [sequence[at : at + body] + b"\n" for at in range(0, len(sequence), body)]
        writers.append(Writer(f"writer-{number + 1}", sequence, b"".join(lines)))
    return writers


def _conserved(session: Session, streams: AtWork) -> None:
    """Every byte once, and each writer's in order over all readers."""
    beside = bytes([STOP]) + b"\n"
    came = [data.translate(None, beside) for data in streams.got.values()]
    got = Counter(b"".join(came))
    due = Counter(b"".join(writer.sequence for writer in streams.writers))
    lost, extra = (due - got).total(), (got - due).total()
    if lost or extra:
        seen = Text(
            f"{lost} bytes lost, {extra} twice or out of nowhere, of {due.total()}",
            f"{lost} octets perdus, {extra} en double ou venus de nulle part, sur {due.total()}",
        )
        once = Text("every byte once", "chaque octet une fois")
        session.note(_ALL, _COMPARE, expected=once, seen=seen, ok=False)
        streams.wrong = wrong_of(streams)
        first = wrong_text(streams.wrong)
        raise Deviation(
            Text(f"with several at once, {seen.en}{first.en}", f"à plusieurs, {seen.fr}{first.fr}")
        )
    for writer in streams.writers:
        own = set(writer.sequence)
        parts = [bytes(byte for byte in data if byte in own) for data in came]
        if not is_shuffle(writer.sequence, parts):
            session.note(
                writer.name,
                _COMPARE,
                expected=Text("in order", "dans l'ordre"),
                seen=Text("out of order", "dans le désordre"),
                ok=False,
            )
            streams.wrong = wrong_of(streams)
            raise Deviation(
                Text(f"the bytes of {writer.name} did not come out in the order it wrote them",
                     f"les octets de {writer.name} ne sont pas sortis dans l'ordre d'écriture")
            )  # fmt: skip
    right = Text("every byte once, in order", "chaque octet une fois, dans l'ordre")
    session.note(_ALL, _COMPARE, expected=right, seen=right, ok=True)


def _count(task: Task, session: Session) -> int | None:
    """What the count attribute shows; None if there is none, or no number in it."""
    path = task.attributes.count
    return None if path is None else read_number(session, path)


def _count_is_0(task: Task, session: Session) -> None:
    assert task.survey is not None
    path = task.survey.attributes.count
    count = _count(task, session)
    shown = Text("no number", "pas un nombre") if count is None else same(str(count))
    session.note("shell", f"cat {path}", expected="0", seen=shown, ok=count == 0)
    if count != 0:
        raise Deviation(
            Text(f"when all was read, {path} showed {shown.en} instead of 0",
                 f"quand tout fut lu, {path} affichait {shown.fr} au lieu de 0")
        )  # fmt: skip
