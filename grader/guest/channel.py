"""The host's side of the agent: requests with deadlines, answers matched to them.

Several threads may use one channel. Whoever waits reads for all; an answer that was read for
somebody else is put aside for its owner.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeVar

from grader.guest.clock import GuestClock
from grader.guest.protocol import constants as c
from grader.guest.protocol.answers import (
    Hello,
    Observation,
    TaskState,
    decode_clock,
    decode_error,
    decode_hello,
    decode_kill,
    decode_observation,
    decode_put,
    decode_spawn,
    decode_state,
)
from grader.guest.protocol.calls import Call
from grader.guest.protocol.errors import ChannelClosed, ProtocolViolation, Refused, Unanswered
from grader.guest.protocol.fields import blob, i32, text, u8, u32
from grader.guest.protocol.frames import Frame, FrameCutter
from grader.guest.protocol.transport import Stream, transport_for

__all__ = [
    "Actor",
    "AgentChannel",
    "ChannelClosed",
    "Hello",
    "Observation",
    "ProtocolViolation",
    "Refused",
    "Stream",
    "TaskState",
    "Ticket",
    "Unanswered",
]

#: Everything that STATE can tell.
ALL_PARTS = c.PART_SWITCHES | c.PART_WCHAN | c.PART_STACK | c.PART_SYSCALL
_ESRCH = 3

_T = TypeVar("_T")


@dataclass(frozen=True)
class Actor:
    """A process in the guest that makes calls, one after the other."""

    id: int
    pid: int


@dataclass(frozen=True)
class Ticket:
    """A request on its way. Good for the channel that gave it, until its answer was taken."""

    number: int
    type: int
    actor: int
    what: str


class AgentChannel:
    """Talks to one agent. Owns ``stream``; a context manager that closes it.

    ``deadline_s``: seconds that the agent itself (not a call in an actor) has for an answer, and
    for taking a request. ``clock`` is that of all deadlines, and says how long the guest has run
    (:class:`GuestClock`); without, all time counts. After a ChannelClosed or ProtocolViolation
    every use raises it again.
    """

    def __init__(
        self,
        stream: socket.socket | Stream,
        *,
        deadline_s: float = 10.0,
        clock: GuestClock | None = None,
    ) -> None:
        self.now: Callable[[], float] = clock or time.monotonic
        self._ran = clock.ran if clock else time.monotonic
        self._transport = transport_for(stream)
        self._deadline = deadline_s
        self._cutter = FrameCutter()
        self._last_number = 0
        # Guards everything below; notified whenever answers came or the reader stopped.
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._reading = False
        self._due: dict[int, Ticket] = {}
        self._abandoned: set[int] = set()
        self._answers: dict[int, Frame] = {}
        self._failure: ChannelClosed | ProtocolViolation | None = None
        self._greeting: int | None = None

    def __enter__(self) -> AgentChannel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- the session ---------------------------------------------------------------------------

    def hello(self, timeout: float) -> Hello:
        """Begin a session: the agent kills and forgets every actor that it still has.

        Frames of an earlier session that are still on their way are dropped.

        Raises:
            Unanswered, ChannelClosed: no answer within ``timeout`` seconds, or never.
            ProtocolViolation: it speaks another version of the protocol, or none.
        """
        with self._changed:
            self._due.clear()
            self._abandoned.clear()
            self._answers.clear()
            self._greeting = self._last_number + 1
        ticket = self._request(c.TYPE_HELLO, 0, u32(c.PROTOCOL_VERSION), "HELLO")
        hello = self._ask(ticket, timeout, decode_hello)
        if hello.version != c.PROTOCOL_VERSION:
            raise self._fail(
                ProtocolViolation(
                    f"the guest's agent speaks version {hello.version} of the protocol, and we"
                    f" {c.PROTOCOL_VERSION}: rebuild the image"
                )
            )
        return hello

    def spawn(self, cpu: int | None = None) -> Actor:
        """A new actor, pinned to processor ``cpu`` if given.

        Raises:
            Refused: the guest could not start one, or has no such processor.
        """
        wanted = c.NONE if cpu is None else cpu
        ticket = self._request(c.TYPE_SPAWN, 0, i32(wanted), "the start of an actor")
        frame = self._answer(ticket, self._deadline)
        return Actor(frame.actor, self._decode(decode_spawn, frame))

    def put(self, path: str, data: bytes) -> None:
        """Write a file in the guest, with the folders that lead to it.

        Raises:
            Refused: it could not be written; ``errno`` says why.
        """
        name = text(path)
        chunks = [data[at : at + c.MAX_CHUNK] for at in range(0, len(data), c.MAX_CHUNK)] or [b""]
        tickets = []
        for number, chunk in enumerate(chunks):
            payload = u8(0 if number else c.PUT_FIRST) + name + blob(chunk, c.MAX_CHUNK)
            tickets.append(self._request(c.TYPE_PUT, 0, payload, f"the writing of {path}"))
        for ticket in tickets:
            self._ask(ticket, self._deadline, decode_put)

    def clock(self) -> int:
        """The guest's CLOCK_MONOTONIC in nanoseconds; also shows that the agent is there."""
        ticket = self._request(c.TYPE_CLOCK, 0, b"", "the agent's clock")
        return self._ask(ticket, self._deadline, decode_clock)

    def close(self) -> None:
        """End the channel; a thread that waits in it gets ChannelClosed."""
        self._fail(ChannelClosed("the channel was closed on our side"))
        self._transport.close()

    # -- actors --------------------------------------------------------------------------------

    def start(self, actor: Actor, call: Call) -> Ticket:
        """Have ``actor`` make a call after those it was given before. Does not wait for it."""
        what = f"{type(call).__name__} in actor {actor.id}"
        return self._request(c.TYPE_CALL, actor.id, call.encode(), what)

    def wait(self, ticket: Ticket, timeout: float) -> Observation | None:
        """The answer to a :meth:`start`; ``None`` if it is not back after ``timeout`` seconds.

        Raises:
            Refused: too many calls wait for that actor, or the agent knows no such actor.
        """
        frame = self._await(ticket, timeout)
        return None if frame is None else self._decode(decode_observation, frame)

    def call(self, actor: Actor, call: Call, timeout: float) -> Observation:
        """Make a call and wait for it.

        Raises:
            Unanswered: it is not back after ``timeout`` seconds; its answer will be dropped.
        """
        return self._ask(self.start(actor, call), timeout, decode_observation)

    def state(
        self, actor: Actor, timeout: float | None = None, parts: int = ALL_PARTS
    ) -> TaskState:
        """What /proc says of an actor now. Works while its call is stuck.

        ``parts`` (``PART_*``) leaves out files that cost time and are not needed.
        """
        ticket = self._request(c.TYPE_STATE, actor.id, u8(parts), f"the state of actor {actor.id}")
        patience = self._deadline if timeout is None else timeout
        return replace(self._ask(ticket, patience, decode_state), host=self._ran())

    def kill(self, actor: Actor, signal: int = 9) -> None:
        """Send a signal to an actor; nothing happens to one that is dead already.

        Raises:
            Refused: the guest's kernel refused the signal.
        """
        what = f"the killing of actor {actor.id}"
        ticket = self._request(c.TYPE_KILL, actor.id, i32(signal), what)
        error = self._ask(ticket, self._deadline, decode_kill)
        if error not in (0, _ESRCH):
            raise Refused(f"{what} with signal {signal}: errno {error}", 0, error)

    # -- requests and answers ------------------------------------------------------------------

    def _request(self, type_: int, actor: int, payload: bytes, what: str) -> Ticket:
        with self._sending:
            with self._changed:
                if self._failure is not None:
                    raise self._failure
                self._last_number += 1
                ticket = Ticket(self._last_number, type_, actor, what)
                self._due[ticket.number] = ticket
            frame = Frame(type_, actor, ticket.number, payload).encode()
            try:
                self._transport.send(frame, self._deadline, self._take)
            except Unanswered as error:
                # A part of a frame may be out: nothing can be sent after it.
                raise self._fail(ChannelClosed(f"{what} could not be asked for: {error}")) from None
            except (ChannelClosed, ProtocolViolation) as error:
                raise self._fail(error) from None
        return ticket

    def _ask(self, ticket: Ticket, timeout: float, decode: Callable[[bytes], _T]) -> _T:
        return self._decode(decode, self._answer(ticket, timeout))

    def _decode(self, decode: Callable[[bytes], _T], frame: Frame) -> _T:
        try:
            return decode(frame.payload)
        except ProtocolViolation as error:
            raise self._fail(error) from None

    def _answer(self, ticket: Ticket, timeout: float) -> Frame:
        frame = self._await(ticket, timeout)
        if frame is None:
            with self._changed:
                if self._due.pop(ticket.number, None) is not None:
                    self._abandoned.add(ticket.number)
            raise Unanswered(f"no answer within {timeout:g} s: waited for {ticket.what}")
        return frame

    def _await(self, ticket: Ticket, timeout: float) -> Frame | None:
        """The answer to a ticket, read by us or by another thread. Raises what went wrong."""
        until = self.now() + timeout
        # One look at what has come already, even with no time left.
        looked = False
        while True:
            with self._changed:
                frame = self._answers.pop(ticket.number, None)
                if frame is not None:
                    break
                if self._failure is not None:
                    raise self._failure
                if ticket.number not in self._due:
                    raise ValueError(f"the answer was taken already: {ticket.what}")
                left = max(0.0, until - self.now())
                if left == 0.0 and looked:
                    return None
                if self._reading:
                    looked = not self._changed.wait(left) or looked
                    continue
                self._reading = True
            looked = True
            self._read(left)
        if frame.type == c.TYPE_ERROR:
            raise self._decode(decode_error, frame)
        return frame

    def _read(self, seconds: float) -> None:
        """Read once, on behalf of all who wait."""
        try:
            data = self._transport.receive(seconds)
            if data is not None:
                self._take(data)
        except (ChannelClosed, ProtocolViolation) as error:
            self._fail(error)
        finally:
            with self._changed:
                self._reading = False
                self._changed.notify_all()

    def _take(self, data: bytes) -> None:
        """File what came under the tickets that it answers."""
        with self._changed:
            for frame in self._cutter.feed(data):
                self._file(frame)
            self._changed.notify_all()

    def _file(self, frame: Frame) -> None:
        if self._greeting is not None:
            if frame.ticket != self._greeting:
                return
            self._greeting = None
        if frame.type == c.TYPE_ERROR and frame.ticket == 0:
            raise ProtocolViolation(f"the agent listens no longer: {decode_error(frame.payload)}")
        if frame.ticket in self._abandoned:
            self._abandoned.remove(frame.ticket)
            return
        ticket = self._due.pop(frame.ticket, None)
        if ticket is None:
            raise ProtocolViolation(f"the guest answered ticket {frame.ticket}, which nobody holds")
        if not _answers_to(frame, ticket):
            raise ProtocolViolation(
                f"waited for {ticket.what}, and got a frame of type {frame.type:#x}"
                f" for actor {frame.actor}"
            )
        self._answers[frame.ticket] = frame

    def _fail(
        self, failure: ChannelClosed | ProtocolViolation
    ) -> ChannelClosed | ProtocolViolation:
        """Note that the channel is of no more use, and why: the first reason counts."""
        with self._changed:
            if self._failure is None:
                self._failure = failure
            self._changed.notify_all()
            return self._failure


def _answers_to(frame: Frame, ticket: Ticket) -> bool:
    if frame.type not in (ticket.type | c.ANSWER, c.TYPE_ERROR):
        return False
    if ticket.type == c.TYPE_SPAWN and frame.type != c.TYPE_ERROR:
        return frame.actor > 0
    return frame.actor == ticket.actor
