"""A read that fails in the middle while writers wait: the bytes that it took may be lost, the
writers must be let on into their room all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grader.checks.attributes import read_number
from grader.checks.operations import Deviation, reading_badly
from grader.checks.say import Text, result
from grader.checks.session import Lost
from grader.checks.stage import AT_REST, Stage, Untriable
from grader.guest.protocol import calls
from grader.texts import listed, same

_READER = "failing_reader"


def failed_read(stage: Stage, by: str, count: int, where: str) -> None:
    """A read into memory that is not there. How much it took the count attribute tells, and not
    before another read has come back is anything said of writers that sleep on: it may as well be
    a lock that was left held, which is not this check's.

    Raises:
        Deviation: there is room for all that a writer has, and it sleeps on.
        Untriable: it did not come back alive, or the count cannot be read after it.
    """
    # A count that is wrong tells nothing of room.
    reliable = bool(stage.hands) and _count(stage) == stage.ledger.stored
    _fail(stage, by, count, where)
    stage.crowd.settle(lambda: True, stage.took)
    if not reliable or stage.session.reports():
        return
    if _room(stage):
        stage.crowd.settle(lambda: False, stage.took)
    room, left = _room(stage), [job.name for job in stage.crowd.waiting()]
    if room and left and _serves(stage):
        names = listed(map(same, left))
        taken = Text(
            f"a read that failed with EFAULT had taken {room} bytes, and still blocked in "
            f"write(), with room for all of it: {names.en}; no wake-up came",
            f"un read qui a échoué (EFAULT) avait pris {room} octets, et {names.fr} : toujours "
            "bloqué dans write() alors que tout y tiendrait ; aucun réveil n'est venu",
        )
        stage.session.note(", ".join(left), AT_REST, seen=taken, ok=False)
        raise Deviation(taken)
    stage.ledger.stored = stage.ledger.capacity - _free(stage)


def _fail(stage: Stage, by: str, count: int, where: str) -> None:
    action = reading_badly(count)
    descriptor = stage.reading(by)
    stage.session.begin(by, action)
    with _coming_back():
        seen = stage.session.call(by, calls.Read(descriptor, count, where=where))
    stage.session.note(by, action, seen=result(seen.ret, seen.errno))


@contextmanager
def _coming_back() -> Iterator[None]:
    try:
        yield
    except Lost as lost:
        raise Untriable(
            Text(
                f"after a read into a bad pointer: {lost.text.en}",
                f"après une lecture vers un pointeur invalide : {lost.text.fr}",
            )
        ) from lost


def _room(stage: Stage) -> int:
    """Free bytes, if they are enough for all that any of the waiting writers has; else 0."""
    free = _free(stage)
    waiting = [stage.hands[job.name] for job in stage.crowd.waiting() if job.name in stage.hands]
    return free if waiting and free >= min(map(len, waiting)) else 0


def _free(stage: Stage) -> int:
    shown = _count(stage)
    return 0 if shown is None else max(0, stage.ledger.capacity - shown)


def _count(stage: Stage) -> int | None:
    path = stage.operations.attributes.count
    assert path is not None, "checks that need it are not tried without it"
    with _coming_back():
        return read_number(stage.session, path)


def _serves(stage: Stage) -> bool:
    """Whether a reader gets a byte."""
    stage.crowd.start(_READER, calls.Read(stage.reading(_READER), 1, guard=0))
    stage.crowd.settle(
        lambda: False, stage.took, lambda: stage.crowd.jobs[_READER].seen is not None
    )
    seen = stage.crowd.jobs[_READER].seen
    return seen is not None and seen.ret > 0
