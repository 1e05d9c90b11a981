"""Two writers and two readers at once on two processors, in a guest whose kernel watches for races,
and one who sets the size meanwhile where the module has one.

What they get to read is not looked at: bytes lost are another check's. A stress that stalls says
nothing either, and is begun anew by the caller.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from grader.checks.device import LOOKER
from grader.checks.race_team import Team
from grader.checks.session import Session
from grader.guest.channel import Actor, ChannelClosed, Refused, TaskState, Ticket, Unanswered
from grader.guest.protocol import calls

#: One in so many memory accesses of the module is watched, for so many microseconds. The time
#: hardly matters: the other processor has its turn meanwhile (see RACE_ACCEL).
SKIP_WATCH = 100
WATCH_US = 80
_PARAMETERS = "/sys/module/kcsan/parameters"
_SWITCH = "/sys/kernel/debug/kcsan"
#: Only what ends a kernel goes to the console: a report is 40 lines, and each character is an exit
#: from translated code. The reports are read from the kernel's log.
QUIET = 3
#: Bytes of one request; a write in it has one of these sizes: short ones, so that the calls
#: themselves meet, and one that is longer than the channel. A newline ends each, as echo's.
REQUEST = 1000
PIECES = (2, 2, 5, 2, 40)
#: What the readers ask for in a call.
READ_COUNTS = (64, 3)
#: A byte that is never written: readers read on.
NEVER = 0xFF
#: Requests that wait in an actor: many when each is back at once, as from a device that does not
#: block.
QUEUE = 4
DEEP_QUEUE = 40
#: How often the size is set in one request, and requests under way: enough that someone always
#: meets it.
RESIZES = 120
RESIZER_QUEUE = 2
#: Requests in a row of which not even the first size is taken, though sizes were taken before: the
#: larger of the two is never below what is stored, so what is stored is not what it was.
REFUSALS = 4
#: Seconds between two looks; looks at writers that sleep on until the stress counts as stalled
#: (readers of a channel whose count is wrong may well read on for ever); seconds without a write
#: by writers that do not sleep, until it is given up.
LOOK_EVERY = 0.2
ASLEEP_LOOKS = 8
GIVE_UP = 10.0
ANSWER = 15.0

_RECORD = re.compile(r"\d+,\d+,(\d+),[^;,]*(?:,caller=([CT]\d+))?[^;]*;(.*)", re.DOTALL)
#: KCSAN prints it before and after each report, and one report at a time.
_RULE = "=" * 66 + "\n"

#: Why a run ended. ``told``: the caller had seen enough. ``lost``: a task or the guest died.
#: ``refusing``: sizes were taken, and none is any more.
End = Literal["done", "stalled", "told", "lost", "refusing"]


@dataclass(frozen=True)
class Run:
    """What one guest brought: writes that came back, the kernel's words, and why it ended."""

    writes: int
    log: str
    end: End


def watch(session: Session) -> None:
    """Have the kernel look for races from now on, and say so in its log alone.

    Raises:
        GuestLost: no answer.
    """
    for path, text in (
        (f"{_PARAMETERS}/skip_watch", str(SKIP_WATCH)),
        (f"{_PARAMETERS}/udelay_task", str(WATCH_US)),
        (_SWITCH, "on"),
    ):
        session.platform_call(LOOKER, calls.WriteFile(path, text.encode()))
    session.platform_call(LOOKER, calls.ConsoleLevel(QUIET))


@dataclass
class _Worker:
    """An actor, and the requests that it has not answered yet with the writes that each is.

    ``useful``: requests that did anything; ``useless``: those since that did nothing at all.
    """

    actor: Actor
    make: Callable[[int], tuple[calls.WriteStream | calls.ReadStream, int]]
    depth: int = QUEUE
    deepest: int = DEEP_QUEUE
    made: int = 0
    useful: int = 0
    useless: int = 0
    waiting: deque[tuple[Ticket, int, int]] = field(default_factory=deque)


class Stress:
    """The work in one guest, from opened devices to an end."""

    def __init__(self, session: Session, team: Team, writes: int) -> None:
        self._channel = session.guest.channel
        self._wanted = writes
        self._writes = 0
        self._died = False
        self._log: list[str] = []
        self._fresh = ""
        self._writers = [
            _Worker(actor, _writing(letters))
            for actor, letters in zip(team.writers, (b"abcdefghijk", b"ABCDEFGHIJK"), strict=True)
        ]
        readers = [
            _Worker(actor, _reading(size))
            for actor, size in zip(team.readers, READ_COUNTS, strict=True)
        ]
        self._resizer = (
            _Worker(team.resizer, _resizing(team.sizes), RESIZER_QUEUE, RESIZER_QUEUE)
            if team.resizer
            else None
        )
        self._workers = [*self._writers, *readers, *filter(None, [self._resizer])]

    def run(self, enough: Callable[[str], bool]) -> Run:
        """Until enough was written, or ``enough`` says so of what the kernel said since it was
        last asked (whole reports).
        """
        end: End = "lost"
        with suppress(ChannelClosed, Unanswered, Refused):
            end = self._work(enough)
        return Run(self._writes, "".join(self._log), end)

    def _work(self, enough: Callable[[str], bool]) -> End:
        collector = self._channel.spawn()
        since = self._channel.now()
        asleep, before = 0, list[TaskState]()
        while not self._died:
            written = self._writes
            self._step()
            if enough(self._collect(collector)):
                return "told"
            if self._writes >= self._wanted:
                return "done"
            if self._resizer and self._resizer.useful and self._resizer.useless >= REFUSALS:
                return "refusing"
            if self._writes > written:
                since, asleep = self._channel.now(), 0
                continue
            now = [self._channel.state(worker.actor, ANSWER) for worker in self._writers]
            asleep = asleep + 1 if _slept(before, now) else 0
            before = now
            if asleep >= ASLEEP_LOOKS or self._channel.now() - since > GIVE_UP:
                return "stalled"
        return "lost"

    def _step(self) -> None:
        """Ask for more and take what comes, for a moment."""
        until = time.monotonic() + LOOK_EVERY
        while (left := until - time.monotonic()) > 0 and self._writes < self._wanted:
            for worker in self._workers:
                self._ask(worker)
            for worker in self._workers:
                self._take(worker, left / len(self._workers))

    def _ask(self, worker: _Worker) -> None:
        while len(worker.waiting) < worker.depth and not self._died:
            call, writes = worker.make(worker.made)
            ticket = self._channel.start(worker.actor, call)
            worker.waiting.append((ticket, writes, _size(call)))
            worker.made += 1

    def _take(self, worker: _Worker, seconds: float) -> None:
        """One answer of a worker's, if it comes in time."""
        if not worker.waiting:
            return
        ticket, writes, size = worker.waiting[0]
        seen = self._channel.wait(ticket, seconds)
        if seen is None:
            return
        worker.waiting.popleft()
        if seen.died is not None:
            self._died = True
            worker.waiting.clear()
        worker.useful, worker.useless = (
            (worker.useful + 1, 0) if seen.ret > 0 else (worker.useful, worker.useless + 1)
        )
        if seen.ret < size and not self._died:
            worker.depth = worker.deepest
        if writes:
            self._writes += max(1, writes * max(seen.ret, 0) // size)

    def _collect(self, collector: Actor) -> str:
        """What the kernel has said since, up to the end of a report."""
        more = True
        while more:
            seen = self._channel.call(collector, calls.Kmsg(), ANSWER)
            log = calls.decode_kmsg(seen.data)
            lines = "".join(_line(record) for record in log.records)
            self._log.append(lines)
            self._fresh += lines
            more = log.more
        whole, rule, rest = self._fresh.rpartition(_RULE)
        self._fresh = rest
        return whole + rule


def _writing(letters: bytes) -> Callable[[int], tuple[calls.WriteStream, int]]:
    def make(number: int) -> tuple[calls.WriteStream, int]:
        piece = PIECES[number % len(PIECES)]
        line = (letters * piece)[number % len(letters) :][: piece - 1] + b"\n"
        writes = REQUEST // piece
        return calls.WriteStream(calls.LAST_FD, piece, line * writes), writes

    return make


def _resizing(sizes: tuple[int, int]) -> Callable[[int], tuple[calls.WriteStream, int]]:
    """sysfs takes each write as a whole one, wherever in the file it is (kernfs_fop_write_iter()
    in fs/kernfs/file.c, 6.12). One that is refused ends its request.
    """
    lines = [b"%d\n" % size for size in sizes]
    texts = [b"".join((lines[at], lines[1 - at])) * (RESIZES // 2) for at in (0, 1)]
    return lambda number: (
        calls.WriteStream(calls.LAST_FD, len(lines[0]), texts[number % 2]),
        0,
    )


def _reading(count: int) -> Callable[[int], tuple[calls.ReadStream, int]]:
    return lambda _: (calls.ReadStream(calls.LAST_FD, count, NEVER, REQUEST), 0)


def _size(call: calls.WriteStream | calls.ReadStream) -> int:
    """Bytes of a request that ran to its end; a reader's ends where the next read may not fit."""
    return len(call.data) if isinstance(call, calls.WriteStream) else call.cap - call.count


def _line(record: bytes) -> str:
    """A record of /dev/kmsg as the console would show it."""
    found = _RECORD.match(record.decode("utf-8", "replace"))
    if found is None:
        return ""
    time_us, caller, text = int(found[1]), found[2] or "", found[3].rstrip("\n")
    return f"[{time_us // 1_000_000:5d}.{time_us % 1_000_000:06d}][{caller:>6}] {text}\n"


def _slept(before: list[TaskState], now: list[TaskState]) -> bool:
    """Did every task sleep from one look to the next?"""
    return len(before) == len(now) and all(
        new.state in "SDX"
        and (new.utime, new.stime, new.voluntary) == (old.utime, old.stime, old.voluntary)
        for old, new in zip(before, now, strict=True)
    )
