"""The host's side of the channel against a guest that is slow, gone, broken or hostile."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.guest.channel import (
    Actor,
    AgentChannel,
    ChannelClosed,
    ProtocolViolation,
    Refused,
    Unanswered,
)
from grader.guest.protocol import calls
from grader.guest.protocol import constants as c
from grader.guest.protocol.frames import Frame, FrameCutter

PATIENCE = 30.0
ACTOR = Actor(1, 100)


class Guest:
    """The other end of the socket, played by the test."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        end.settimeout(PATIENCE)
        self.cutter = FrameCutter()
        self.came: list[Frame] = []

    def next(self) -> Frame:
        while not self.came:
            data = self.end.recv(65536)
            assert data, "the host hung up"
            self.came += self.cutter.feed(data)
        return self.came.pop(0)

    def answer(self, asked: Frame, payload: bytes = b"", actor: int | None = None) -> None:
        which = asked.actor if actor is None else actor
        self.send(Frame(asked.type | c.ANSWER, which, asked.ticket, payload))

    def send(self, frame: Frame) -> None:
        self.end.sendall(frame.encode())


@pytest.fixture
def guest_end() -> Iterator[tuple[AgentChannel, Guest]]:
    ours, theirs = socket.socketpair()
    with theirs, AgentChannel(ours, deadline_s=PATIENCE) as channel:
        yield channel, Guest(theirs)


def observed(ret: int, data: bytes = b"") -> bytes:
    return struct.pack("<qiiBQQI", ret, 0, c.NONE, 0, 1, 2, len(data)) + data


HELLO = struct.pack("<IIIQH", c.PROTOCOL_VERSION, 1, 1, 1, 0)


def test_answers_find_their_tickets_in_any_order(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    tickets = [channel.start(ACTOR, calls.Clock()) for _ in range(5)]
    asked = [guest.next() for _ in tickets]
    for frame in reversed(asked):
        guest.answer(frame, observed(frame.ticket))
    for ticket in tickets:
        seen = channel.wait(ticket, PATIENCE)
        assert seen is not None
        assert seen.ret == ticket.number


def test_a_ticket_is_good_for_one_answer(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    ticket = channel.start(ACTOR, calls.Clock())
    guest.answer(guest.next(), observed(7))
    assert channel.wait(ticket, PATIENCE) is not None
    with pytest.raises(ValueError, match="taken already"):
        channel.wait(ticket, 0)


def test_no_answer_in_time_says_what_was_waited_for(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    ticket = channel.start(ACTOR, calls.Clock())
    assert channel.wait(ticket, 0) is None
    with pytest.raises(Unanswered, match="state of actor 1"):
        channel.state(ACTOR, 0)
    # The late answers change nothing for what comes after.
    call, state = guest.next(), guest.next()
    guest.answer(state, b"nobody reads this")
    guest.answer(call, observed(5))
    seen = channel.wait(ticket, PATIENCE)
    assert seen is not None
    assert seen.ret == 5


def test_a_guest_that_hangs_up_is_noticed_by_every_use(
    guest_end: tuple[AgentChannel, Guest],
) -> None:
    channel, guest = guest_end
    answered = channel.start(ACTOR, calls.Clock())
    lost = channel.start(ACTOR, calls.Clock())
    guest.answer(guest.next(), observed(1))
    guest.end.close()
    assert channel.wait(answered, PATIENCE) is not None, "what came before the end counts"
    with pytest.raises(ChannelClosed):
        channel.wait(lost, PATIENCE)
    with pytest.raises(ChannelClosed):
        channel.spawn()


def test_closing_the_channel_wakes_whoever_waits(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(channel.spawn)
        guest.next()
        channel.close()
        with pytest.raises(ChannelClosed):
            waiting.result(PATIENCE)


def test_several_threads_share_a_channel(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end

    def ask(number: int) -> tuple[int, int]:
        ticket = channel.start(Actor(number, number), calls.Clock())
        seen = channel.wait(ticket, PATIENCE)
        assert seen is not None
        return number, seen.ret

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, number) for number in range(1, 9)]
        asked = [guest.next() for _ in asking]
        for frame in reversed(asked):
            guest.answer(frame, observed(frame.actor))
        for one in asking:
            number, came = one.result(PATIENCE)
            assert number == came


def test_a_guest_that_takes_nothing_ends_the_channel() -> None:
    ours, theirs = socket.socketpair()
    with theirs, AgentChannel(ours, deadline_s=0) as channel:
        write = calls.Write(3, bytes(c.MAX_WRITE))
        with pytest.raises(ChannelClosed, match="took no more input"):
            for _ in range(1000):
                channel.start(ACTOR, write)


def test_sending_goes_on_while_the_guest_waits_for_us_to_read(
    guest_end: tuple[AgentChannel, Guest],
) -> None:
    channel, guest = guest_end
    count = 100
    answer = observed(0, bytes(c.MAX_DATA))

    def serve() -> None:
        for _ in range(count):
            guest.answer(guest.next(), answer)

    server = threading.Thread(target=serve)
    server.start()
    tickets = [channel.start(ACTOR, calls.Write(3, bytes(c.MAX_WRITE))) for _ in range(count)]
    assert all(channel.wait(ticket, PATIENCE) is not None for ticket in tickets)
    server.join(PATIENCE)


def test_hello_drops_what_an_earlier_session_left(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    guest.send(Frame(c.TYPE_CALL | c.ANSWER, 9, 77, observed(1)))
    with ThreadPoolExecutor(1) as pool:
        greeting = pool.submit(channel.hello, PATIENCE)
        asked = guest.next()
        guest.send(Frame(c.TYPE_CALL | c.ANSWER, 9, 78, b"short"))
        guest.answer(asked, HELLO)
        assert greeting.result(PATIENCE).version == c.PROTOCOL_VERSION


def test_an_agent_of_another_version_is_told_apart(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    with ThreadPoolExecutor(1) as pool:
        greeting = pool.submit(channel.hello, PATIENCE)
        guest.answer(guest.next(), struct.pack("<IIIQH", c.PROTOCOL_VERSION + 1, 1, 1, 1, 0))
        with pytest.raises(ProtocolViolation, match="rebuild the image"):
            greeting.result(PATIENCE)


@pytest.mark.parametrize(
    "answer",
    [
        Frame(c.TYPE_CALL | c.ANSWER, 1, 2, observed(0)),  # nobody's ticket
        Frame(c.TYPE_STATE | c.ANSWER, 1, 1, observed(0)),  # another type
        Frame(c.TYPE_CALL | c.ANSWER, 2, 1, observed(0)),  # another actor
        Frame(c.TYPE_CALL, 1, 1, observed(0)),  # a request
        Frame(c.TYPE_CALL | c.ANSWER, 1, 1, b"short"),
        Frame(c.TYPE_CALL | c.ANSWER, 1, 1, observed(0) + b"long"),
        Frame(c.TYPE_ERROR, 1, 1, b""),
        Frame(c.TYPE_ERROR, 0, 0, struct.pack("<HiH", c.ERROR_FRAME, 0, 0)),
    ],
)
def test_a_wrong_answer_is_a_violation_for_good(
    guest_end: tuple[AgentChannel, Guest], answer: Frame
) -> None:
    channel, guest = guest_end
    ticket = channel.start(ACTOR, calls.Clock())
    guest.send(answer)
    with pytest.raises(ProtocolViolation):
        channel.wait(ticket, PATIENCE)
    with pytest.raises(ProtocolViolation):
        channel.spawn()


def test_an_answer_given_twice_is_a_violation(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    ticket = channel.start(ACTOR, calls.Clock())
    asked = guest.next()
    guest.answer(asked, observed(1))
    assert channel.wait(ticket, PATIENCE) is not None
    other = channel.start(ACTOR, calls.Clock())
    guest.answer(asked, observed(1))
    with pytest.raises(ProtocolViolation, match="nobody holds"):
        channel.wait(other, PATIENCE)


def test_a_refusal_is_raised_with_its_code(guest_end: tuple[AgentChannel, Guest]) -> None:
    channel, guest = guest_end
    with ThreadPoolExecutor(1) as pool:
        spawning = pool.submit(channel.spawn)
        asked = guest.next()
        message = b"no room"
        payload = struct.pack("<HiH", c.ERROR_SPAWN, 11, len(message)) + message
        guest.send(Frame(c.TYPE_ERROR, 0, asked.ticket, payload))
        with pytest.raises(Refused, match="no room") as refused:
            spawning.result(PATIENCE)
    assert (refused.value.code, refused.value.errno) == (c.ERROR_SPAWN, 11)


@given(
    st.lists(
        st.binary(max_size=60)
        | st.builds(
            lambda type_, actor, ticket, payload: Frame(type_, actor, ticket, payload).encode(),
            st.sampled_from([0x8001, 0x8002, 0x8004, 0x8006, 0xFFFF, 6]),
            st.integers(0, 2),
            st.integers(0, 4),
            st.binary(max_size=60) | st.just(observed(0)),
        ),
        max_size=6,
    )
)
def test_whatever_a_hostile_guest_sends_only_our_errors_come_out(pieces: list[bytes]) -> None:
    ours, theirs = socket.socketpair()
    allowed = (ChannelClosed, ProtocolViolation, Unanswered, Refused)
    with theirs, AgentChannel(ours, deadline_s=PATIENCE) as channel:
        theirs.sendall(b"".join(pieces))
        theirs.shutdown(socket.SHUT_WR)
        tickets = []
        for _ in range(3):
            with contextlib.suppress(*allowed):
                tickets.append(channel.start(ACTOR, calls.Clock()))
        for ticket in tickets:
            with contextlib.suppress(*allowed):
                channel.wait(ticket, PATIENCE)
        with contextlib.suppress(*allowed):
            channel.state(ACTOR)
        with contextlib.suppress(*allowed):
            channel.hello(PATIENCE)


class PipeStream:
    """As much of a paramiko channel as :class:`Stream` asks for, over a socket."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.settimeout = end.settimeout
        self.recv = end.recv
        self.close = end.close

    def send(self, data: bytes, /) -> int:
        return self.end.send(data[:1000])


def test_any_stream_with_timeouts_will_do() -> None:
    ours, theirs = socket.socketpair()
    with theirs, AgentChannel(PipeStream(ours), deadline_s=PATIENCE) as channel:
        guest = Guest(theirs)
        ticket = channel.start(ACTOR, calls.Write(3, bytes(10_000)))
        assert channel.wait(ticket, 0) is None
        guest.answer(guest.next(), observed(10_000))
        seen = channel.wait(ticket, PATIENCE)
        assert seen is not None
        assert seen.ret == 10_000
        theirs.close()
        with pytest.raises(ChannelClosed):
            channel.spawn()
