"""What can be wrong with tasks that wait, or do not, in words."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.say import Text
from grader.model.ledger import Ledger, Problem
from grader.texts import listed, same


def nobody_waited() -> Text:
    """A check about blocked tasks that met none."""
    return Text(
        "no task was blocked, so none could be woken",
        "aucune tâche n'a été bloquée, donc réveillée",
    )


def problem_text(problem: Problem, waiting: Sequence[str], ledger: Ledger) -> Text:
    """The ledger's complaint when all have come to rest."""
    all_of_them = listed(map(same, waiting)) if waiting else Text("a task", "une tâche")
    who, qui = all_of_them.en, all_of_them.fr
    stored = max(0, ledger.stored)
    texts = {
        "asleep-with-bytes": Text(
            f"still blocked in read() while {stored} bytes are stored: {who}; no wake-up came",
            f"toujours bloqué dans read() alors que {stored} octets sont stockés : {qui} ; aucun "
            "réveil n'est venu",
        ),
        "asleep-with-room": Text(
            f"still blocked in write() while there is room: {who}; no wake-up came",
            f"toujours bloqué dans write() alors qu'il y a de la place : {qui} ; aucun réveil",
        ),
        "deadlock": Text(
            f"readers and writers are blocked at once and wait for ever: {who}, with "
            f"{ledger.stored} of {ledger.capacity} bytes stored",
            f"lecteurs et écrivains sont bloqués en même temps, sans fin : {qui}, avec "
            f"{ledger.stored} octets stockés sur {ledger.capacity}",
        ),
        "overfull": Text(
            f"a write came back although the channel was full: {ledger.stored} bytes were taken, "
            f"and it holds {ledger.capacity}",
            f"une écriture est revenue alors que le canal était plein : {ledger.stored} octets "
            f"pris pour {ledger.capacity} places",
        ),
        "never-written": Text("bytes came that nobody wrote", "des octets que nul n'a écrits"),
    }
    return texts[problem]


def returned_text(verb: str, told: str, *, woken: bool) -> Text:
    """A call that should have waited on, and came back."""
    if woken:
        return Text(
            f"{verb} was woken with nothing for it and returned {told} instead of waiting again",
            f"{verb} a été réveillé pour rien et a renvoyé {told} au lieu d'attendre encore",
        )
    return Text(
        f"{verb} returned {told} at once instead of waiting",
        f"{verb} a renvoyé {told} aussitôt au lieu d'attendre",
    )
