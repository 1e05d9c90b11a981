"""Operations on the device, done in the guest and judged against the model, step by step.

A step is judged as soon as its observation is there; the first that the model does not allow
ends the check, so that the story a student reads stops where it went wrong.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from grader.checks import shell_words
from grader.checks.attributes import Attributes
from grader.checks.device import open_device
from grader.checks.say import Text, choices, either, errno_name, result, show, sized
from grader.checks.session import Session
from grader.guest.channel import Observation
from grader.guest.protocol import calls
from grader.model import Belief
from grader.model.ring import Judge
from grader.report import Buffer
from grader.texts import same

OPENS = Text("it opens", "s'ouvre")
#: A read of `cat` asks for this much.
CAT_BYTES = 4096
#: Reads of one `cat` at most, beside one for each byte that is due.
CAT_READS = 64
#: Memory around and behind the buffer of a read that must stay as it was. No byte of a text
#: payload has its top bit set, so untouched memory cannot look like data.
FILL = b"\xd7\xa9\xee"
GUARD = 64


class Deviation(Exception):
    """The module did what the model does not allow. ``text`` is for the student."""

    def __init__(self, text: Text):
        self.text = text
        super().__init__(text.en)


@dataclass(frozen=True)
class _Failed(Text):
    """What is wrong with a read is that it failed: it returned an error."""


@dataclass
class Operations:
    """The device in one guest, as the check's actors use it.

    ``once``: all in one open by one actor; else every operation opens and closes for itself.
    """

    session: Session
    path: str
    belief: Belief
    judge: Judge = "bytes"
    strict: bool = False
    once: bool = False
    attributes: Attributes = field(default_factory=Attributes)
    descriptors: dict[str, int] = field(default_factory=dict)
    #: What was wrong with a read before, where that is no reason to end.
    noticed: Text | None = None

    def drawn(self, taken: int = 0) -> Buffer:
        """The channel as it should be now, or with the oldest ``taken`` bytes read; for a picture,
        so the first of what it may be.
        """
        ring = self.belief.rings[0]
        ring = ring.read(taken, ring.content[:taken], "bytes") or ring
        return Buffer(
            capacity=ring.capacity, start=ring.start, content=ring.content.decode("latin-1")
        )

    # -- open and close ------------------------------------------------------------------------

    def _open(self, actor: str, flags: int) -> int:
        if self.once and actor in self.descriptors:
            return self.descriptors[actor]
        descriptor = open_device(self.session, actor, self.path, os.O_RDWR if self.once else flags)
        self._opens(actor, descriptor)
        if self.once:
            self.descriptors[actor] = descriptor
        return descriptor

    def _opens(self, actor: str, descriptor: int) -> None:
        """Not opening (a descriptor of -errno) ends the check."""
        if descriptor >= 0:
            return
        name = errno_name(-descriptor)
        self.session.note(actor, f"open {self.path}", expected=OPENS, seen=name, ok=False)
        raise Deviation(
            Text(
                f"opening {self.path} failed with {name}",
                f"l'ouverture de {self.path} a échoué avec {name}",
            )
        )

    def _close(self, actor: str, descriptor: int) -> None:
        if not self.once:
            self.session.call(actor, calls.Close(descriptor))

    def _one(self, actor: str, flags: int, make: Callable[[int], calls.Call]) -> Observation:
        """One call on the device, in an open of its own unless there is one for all."""
        if self.once:
            return self.session.call(actor, make(self._open(actor, flags)))
        opened, seen, _ = self.session.batch(
            actor,
            calls.Open(self.path, flags | os.O_CLOEXEC),
            make(calls.LAST_FD),
            calls.Close(calls.LAST_FD),
        )
        self._opens(actor, opened.ret if opened.ret >= 0 else -opened.errno)
        return seen

    # -- writing -------------------------------------------------------------------------------

    def write(self, actor: str, data: bytes, action: Text) -> None:
        """Write all of ``data``, going on after a write that took a part, as echo does.

        Opened as a shell opens for '>': with O_TRUNC, which must not empty the buffer.
        """
        self.session.begin(actor, action)
        before = self.drawn()
        rest = data
        returned: list[str] = []
        wrong: Text | None = None
        while rest:
            seen = self._one(actor, os.O_WRONLY | os.O_TRUNC, partial(calls.Write, data=rest))
            returned.append(result(seen.ret, seen.errno))
            if not 0 < seen.ret <= len(rest):
                wrong = wrong or _wrong_write(seen, len(rest))
                self.belief = self.belief.write(rest)
                break
            self.belief = self.belief.write(rest[: seen.ret])
            rest = rest[seen.ret :]
        judged = wrong is None if self.strict else None
        several = ", ".join(returned[:8]) + (", ..." if returned[8:] else "")
        self.session.note(
            actor,
            action,
            expected=Text(
                f"returns {len(data)} or a part of it", f"renvoie {len(data)} ou une partie"
            )
            if self.strict
            else "",
            seen=Text(f"write returned {several}", f"write a renvoyé {several}"),
            ok=judged,
            command=shell_words.put(data, self.path),
            before=before,
            after=self.drawn(),
        )
        if self.strict and wrong is not None:
            raise Deviation(wrong)

    def attempt_write(self, actor: str, data: bytes) -> None:
        """A write of which only is asked that it comes back."""
        action = Text(f"write {show(data).en}", f"écriture de {show(data).fr}")
        self.session.begin(actor, action)
        seen = self._one(actor, os.O_WRONLY, partial(calls.Write, data=data))
        self.session.note(
            actor,
            action,
            seen=result(seen.ret, seen.errno),
            command=shell_words.put(data, self.path),
        )

    def attempt_read(self, actor: str, count: int) -> None:
        """A read of which only is asked that it comes back."""
        self.session.begin(actor, reading(count))
        seen = self._one(actor, os.O_RDONLY, partial(calls.Read, count=count))
        self.session.note(
            actor,
            reading(count),
            seen=result(seen.ret, seen.errno),
            command=shell_words.take(count, self.path),
        )

    def write_nothing(self, actor: str) -> None:
        action = Text("write of 0 bytes", "écriture de 0 octet")
        self.session.begin(actor, action)
        seen = self._one(actor, os.O_WRONLY, partial(calls.Write, data=b""))
        self._due(actor, action, seen.ret <= 0, "0", result(seen.ret, seen.errno))

    def write_bad(self, actor: str, count: int, where: str) -> None:
        action = Text(
            f"write of {count} bytes from a bad pointer",
            f"écriture de {count} octets depuis un pointeur invalide",
        )
        self.session.begin(actor, action)
        seen = self._one(actor, os.O_WRONLY, partial(calls.WriteBad, count=count, where=where))
        self._fault_due(actor, action, seen)

    # -- reading -------------------------------------------------------------------------------

    def read(self, actor: str, count: int) -> None:
        """One read, judged."""
        due = self.belief
        self.session.begin(actor, reading(count))
        wanted = partial(calls.Read, count=count, guard=GUARD, fill=FILL)
        got, problem = self._received(self._one(actor, os.O_RDONLY, wanted), count)
        after = due.read(count, got, self.judge)
        expected = choices(due.contents(), count)
        command = shell_words.take(count, self.path)
        story = self._story(command, count, got)
        self._judge_read(actor, reading(count), story, due, (expected, got), after, problem)

    def cat(self, actor: str) -> None:
        """Read until all that is due has come, or nothing more comes.

        It does not insist on the 0 at the end: that is `consume`'s to test.
        """
        due = self.belief
        expected = choices(due.contents())
        self.session.begin(actor, f"cat {self.path}")
        descriptor = self._open(actor, os.O_RDONLY)
        together = b""
        problem: Text | None = None
        after: Belief | None = due
        for _ in range(due.largest() + CAT_READS):
            wanted = calls.Read(descriptor, CAT_BYTES, guard=GUARD, fill=FILL)
            got, wrong = self._received(self.session.call(actor, wanted), CAT_BYTES)
            problem = problem or wrong
            together += got
            after = after.read(CAT_BYTES, got, self.judge) if after else None
            if not got or after is None or after.may_be_empty():
                break
        self._close(actor, descriptor)
        if after is not None and not after.may_be_empty():
            after = None
        command = shell_words.show(self.path)
        story = self._story(command, due.largest(), together)
        action = same(f"cat {self.path}")
        self._judge_read(actor, action, story, due, (expected, together), after, problem)

    def _story(self, command: str, asked: int, got: bytes) -> dict[str, object]:
        """What a step of reading has beside its words. ``after`` is what a right one leaves."""
        return {
            "command": command,
            "before": self.drawn(),
            "after": self.drawn(taken=asked),
            "got": got.decode("latin-1"),
        }

    def read_nothing(self, actor: str) -> None:
        action = Text("read of 0 bytes", "lecture de 0 octet")
        self.session.begin(actor, action)
        seen = self._one(actor, os.O_RDONLY, partial(calls.Read, count=0, guard=GUARD, fill=FILL))
        buffer = calls.decode_read(seen.data, 0, GUARD)
        touched = buffer.before + buffer.after != _fill(2 * GUARD, 0)
        told = result(seen.ret, seen.errno)
        came = Text(f"{told}, and wrote into memory", f"{told}, et a écrit en mémoire")
        right = seen.ret <= 0 and not touched
        self._due(actor, action, right, "0", came if touched else told)

    def read_bad(self, actor: str, count: int, where: str) -> None:
        action = reading_badly(count)
        self.session.begin(actor, action)
        seen = self._one(actor, os.O_RDONLY, partial(calls.Read, count=count, where=where))
        self._fault_due(actor, action, seen)
        self.belief = self.belief.failed_read(count)

    def _received(self, seen: Observation, count: int) -> tuple[bytes, Text | None]:
        """(what a program sees, what is wrong with the return value or the memory)."""
        if seen.ret < 0:
            name = errno_name(seen.errno)
            return b"", _Failed(f"read() failed with {name}", f"read() a échoué avec {name}")
        buffer = calls.decode_read(seen.data, count, GUARD)
        got = buffer.body[: seen.ret]
        if seen.ret > count:
            return got, Text(
                f"read() returned {seen.ret}, more than the {count} bytes asked for",
                f"read() a renvoyé {seen.ret}, plus que les {count} octets demandés",
            )
        untouched = _fill(count, GUARD)
        beyond = buffer.body[seen.ret :] != untouched[seen.ret :]
        around = (buffer.before, buffer.after) != (_fill(GUARD, 0), _fill(GUARD, GUARD + count))
        if beyond or around:
            return got, Text(
                f"read() returned {seen.ret} but also wrote to memory beyond those bytes",
                f"read() a renvoyé {seen.ret} mais a aussi écrit en mémoire au-delà de ces octets",
            )
        if got and got[-1] == untouched[seen.ret - 1]:
            return got, Text(
                f"read() returned {seen.ret} but put fewer bytes into the caller's memory",
                f"read() a renvoyé {seen.ret} mais a mis moins d'octets en mémoire",
            )
        return got, None

    # -- judging -------------------------------------------------------------------------------

    def _judge_read(
        self,
        actor: str,
        action: Text,
        story: dict[str, object],
        due: Belief,
        shown: tuple[Text, bytes],
        after: Belief | None,
        problem: Text | None,
    ) -> None:
        expected, got = shown
        if after is not None and problem is not None and self.strict:
            self.session.note(actor, action, expected=expected, seen=problem, ok=False, **story)
            raise Deviation(problem)
        if after is None:
            failed = problem is not None and not got
            seen = problem if failed and problem else show(got)
            self.session.note(actor, action, expected=expected, seen=seen, ok=False, **story)
            many = self.judge == "lengths"
            what = Text(f"{len(got)} bytes", f"{len(got)} octets") if many else show(got)
            wanted = either(str(len(c)) for c in due.contents()) if many else expected
            raise Deviation(
                problem
                if failed and problem
                else self._with_noticed(
                    Text(
                        f"{action.en} gave {what.en} where {wanted.en} was due",
                        f"{action.fr} : a donné {what.fr} au lieu de {wanted.fr}",
                    )
                )
            )
        if isinstance(problem, _Failed) and not got and due.must_be_empty():
            # An error where 0 is due: nothing was lost, but it is not the end that cat waits for.
            self.session.note(actor, action, expected="0", seen=problem, ok=False, **story)
            raise Deviation(problem)
        self.belief = after
        self.noticed = self.noticed or problem
        story["after"] = self.drawn()
        self.session.note(actor, action, expected=expected, seen=show(got), ok=True, **story)

    def _with_noticed(self, wrong: Text) -> Text:
        """What went wrong before is as likely as not why."""
        if self.noticed is None:
            return wrong
        return Text(
            f"{wrong.en}; before that, {self.noticed.en}",
            f"{wrong.fr} ; avant, {self.noticed.fr}",
        )

    def _due(
        self, actor: str, action: Text, right: bool, expected: Text | str, seen: Text | str
    ) -> None:
        self.session.note(actor, action, expected=expected, seen=seen, ok=right)
        if not right:
            due, came = either([expected]), either([seen])
            raise Deviation(
                Text(
                    f"a {action.en} returned {came.en} where {due.en} was due",
                    f"{action.fr} : a renvoyé {came.fr} au lieu de {due.fr}",
                )
            )

    def _fault_due(self, actor: str, action: Text, seen: Observation) -> None:
        right = seen.ret == 0 or (seen.ret < 0 and seen.errno == errno.EFAULT)
        due = either(["EFAULT", "0"])
        self._due(actor, action, right, due, result(seen.ret, seen.errno))


def _fill(length: int, phase: int) -> bytes:
    """The pattern that the agent laid down, ``phase`` bytes into it."""
    whole = FILL * ((length + phase) // len(FILL) + 1)
    return whole[phase : phase + length]


def reading_badly(count: int) -> Text:
    """The step of a read into memory that is not there."""
    return Text(
        f"read of {count} bytes into a bad pointer",
        f"lecture de {count} octets vers un pointeur invalide",
    )


def reading(count: int) -> Text:
    size = sized(count)
    return Text(f"read of {size.en}", f"lecture de {size.fr}")


def _wrong_write(seen: Observation, given: int) -> Text:
    size = sized(given)
    if seen.ret < 0:
        name = errno_name(seen.errno)
        return Text(
            f"write() failed with {name} instead of taking {size.en}",
            f"write() a échoué avec {name} au lieu de prendre {size.fr}",
        )
    if seen.ret == 0:
        return Text(
            f"write() returned 0 for {size.en}: a shell would try again for ever",
            f"write() a renvoyé 0 pour {size.fr} : un shell réessaierait sans fin",
        )
    return Text(
        f"write() returned {seen.ret}, more than the {size.en} it was given",
        f"write() a renvoyé {seen.ret}, plus que ce qu'il a reçu ({size.fr})",
    )
