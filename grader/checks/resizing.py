"""The size and the count, as steps of a sequence: read, set, and set to what must be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.checks.attributes import decimal
from grader.checks.operations import Deviation, Operations
from grader.checks.say import Text, either, errno_name, not_as_due, number_shown, result, show
from grader.checks.session import Lost
from grader.guest.channel import Observation
from grader.guest.protocol import calls
from grader.model import Belief
from grader.texts import same

ACCEPTED = Text("accepted", "acceptée")
SAID_0 = Text("returned 0: nothing written", "a renvoyé 0 : rien d'écrit")
REFUSED = Text("refused with an error", "refusée par une erreur")
ACCEPTED_OR_REFUSED = Text("accepted or refused", "acceptée ou refusée")


@dataclass(frozen=True)
class _Shown:
    """Both attributes as they are shown, to be compared with themselves later."""

    size: bytes | None
    count: bytes | None


def show_count(device: Operations, by: str) -> None:
    """As many as the model says, whatever the module does with what does not fit."""
    _show(device, by, device.attributes.count, device.belief.counted, device.belief.counts())


def show_size(device: Operations, by: str) -> None:
    """The size that was set last."""
    sizes = tuple(sorted({ring.capacity for ring in device.belief.rings}))
    _show(device, by, device.attributes.size, device.belief.sized, sizes)


def _show(
    device: Operations,
    by: str,
    path: str | None,
    judge: Callable[[int], Belief | None],
    due: tuple[int, ...],
) -> None:
    if path is None:
        return
    action = f"cat {path}"
    device.session.begin(by, action)
    seen = device.session.call(by, calls.ReadFile(path, cap=4096))
    wanted = either(str(number) for number in due)
    number = decimal(seen.data) if seen.ret >= 0 else None
    after = judge(number) if number is not None else None
    device.session.note(
        by, action, expected=wanted, seen=number_shown(seen), ok=after is not None, command=action,
        before=device.drawn(),
    )  # fmt: skip
    if after is None:
        raise Deviation(not_as_due(path, seen, wanted))
    device.belief = after


def resize(device: Operations, by: str, size: int, *, judged: bool = True) -> None:
    """Set the size; taken or refused as the model has it. A refusal must leave all as it is.

    Not ``judged``: on an empty buffer, which any size suits, so that it is known what follows.
    """
    path = _size_path(device)
    before = _shown(device, by)
    due = _due(device.belief, size)
    action = f"echo {size} > {path}"
    seen = _echo(device, by, action, str(size))
    taken = seen.ret >= 0
    after = device.belief.resize(size, taken=taken)
    told = SAID_0 if seen.ret == 0 else answer(seen)
    drawn = device.drawn()
    if after is not None:
        device.belief = after
    right = after is not None and seen.ret != 0
    device.session.note(
        by, action, expected=due, seen=told, ok=right if judged else None, command=action,
        before=drawn, after=None if after is None else device.drawn(),
    )  # fmt: skip
    if not judged:
        return
    if seen.ret == 0:
        raise Deviation(never_ends(size))
    if after is None:
        stored = either(str(count) for count in device.belief.counts())
        raise Deviation(_taken_wrongly(size, stored) if taken else _refused_wrongly(size, seen))
    if not taken:
        _unchanged(device, by, before, str(size))


def invalid(device: Operations, by: str, text: str) -> None:
    """What is no size, or too large a one. Whatever is returned, size and count stay."""
    before = _shown(device, by)
    action = f"echo {text!r} > {_size_path(device)}"
    seen = _echo(device, by, action, text)
    device.session.note(by, action, seen=answer(seen), command=action)
    _unchanged(device, by, before, text)


def zero(device: Operations, by: str) -> None:
    """0 on an empty buffer: refused, or taken; then what follows must come back all the same.
    Afterwards the size is what it was. On one with content nothing may change.
    """
    path = _size_path(device)
    if not device.belief.may_be_empty():
        _zero_with_content(device, by)
        return
    size = device.belief.capacity()
    action = f"echo 0 > {path}"
    seen = _echo(device, by, action, "0")
    device.session.note(by, action, expected=ACCEPTED_OR_REFUSED, seen=answer(seen), command=action)
    if seen.ret < 0:
        return
    device.attempt_write(by, b"none\n")
    device.attempt_read(by, 16)
    resize(device, by, size)


def _zero_with_content(device: Operations, by: str) -> None:
    """0 is below any count. A module that takes 1 as well, below the count too, does not compare,
    and has lost that where it is tested.
    """
    before = _shown(device, by)
    action = f"echo 1 > {_size_path(device)}"
    try:
        _echo(device, by, action, "1")
        seen = _echo(device, by, action, "1")  # again: a refusal may keep its lock
        refused = seen.ret < 0 and _shown(device, by) == before
    except Lost:
        return  # so has one that does not come back from it
    device.session.note(by, action, seen=answer(seen), command=action)
    if refused:
        invalid(device, by, "0")
        device.cat(by)


def answer(seen: Observation) -> Text:
    """What came of writing a size: taken, or the error."""
    return ACCEPTED if seen.ret >= 0 else same(result(seen.ret, seen.errno))


def never_ends(size: int) -> Text:
    """What a store function that returns 0 for text that it was given does to who writes it."""
    return Text(
        f"setting the size {size} returned 0: echo takes that for nothing written and tries again "
        "for ever; return the count",
        f"fixer la taille {size} a renvoyé 0 : pour echo rien n'a été écrit, il réessaie sans fin "
        "; renvoyez count",
    )


def _size_path(device: Operations) -> str:
    assert device.attributes.size is not None, "checks that resize are not tried without it"
    return device.attributes.size


def _echo(device: Operations, by: str, action: str, text: str) -> Observation:
    device.session.begin(by, action)
    path = _size_path(device)
    return device.session.call(by, calls.WriteFile(path, text.encode() + b"\n"))


def _shown(device: Operations, by: str) -> _Shown:
    def read(path: str | None) -> bytes | None:
        return None if path is None else device.session.call(by, calls.ReadFile(path, cap=64)).data

    device.session.begin(by, Text("cat of both attributes", "cat des deux attributs"))
    return _Shown(read(device.attributes.size), read(device.attributes.count))


def _unchanged(device: Operations, by: str, before: _Shown, wrote: str) -> None:
    after = _shown(device, by)
    for path, old, new in (
        (device.attributes.size, before.size, after.size),
        (device.attributes.count, before.count, after.count),
    ):
        if old == new:
            continue
        was, now = show((old or b"").strip()), show((new or b"").strip())
        device.session.note(by, f"cat {path}", expected=was, seen=now, ok=False)
        raise Deviation(
            Text(
                f"after writing {wrote!r} to the size, {path} shows {now.en} instead of {was.en}",
                f"après l'écriture de {wrote!r} dans la taille, {path} affiche {now.fr} "
                f"au lieu de {was.fr}",
            )
        )


def _due(belief: Belief, size: int) -> Text:
    can = belief.resize(size, taken=True) is not None
    cannot = belief.resize(size, taken=False) is not None
    if can and cannot:
        return ACCEPTED_OR_REFUSED
    return ACCEPTED if can else REFUSED


def _taken_wrongly(size: int, stored: Text) -> Text:
    return Text(
        f"the size {size} was accepted while {stored.en} characters are stored",
        f"la taille {size} a été acceptée alors que {stored.fr} caractères sont stockés",
    )


def _refused_wrongly(size: int, seen: Observation) -> Text:
    name = errno_name(seen.errno)
    return Text(
        f"the size {size} was refused with {name}, though it holds all that is stored",
        f"la taille {size} a été refusée ({name}), alors qu'elle suffit au contenu",
    )
