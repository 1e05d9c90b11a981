"""Whatever the guest sends, a decoder gives a value or a ProtocolViolation."""

from __future__ import annotations

import contextlib
import itertools
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.guest.protocol import answers, calls, data
from grader.guest.protocol import constants as c
from grader.guest.protocol.errors import ProtocolViolation, Refused
from grader.guest.protocol.frames import Frame, FrameCutter

frames = st.builds(
    Frame,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=200) | st.integers(0, c.MAX_PAYLOAD).map(bytes),
)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    at = sorted({min(place, len(stream)) for place in places} | {0, len(stream)})
    return [stream[a:b] for a, b in itertools.pairwise(at)]


@given(st.lists(frames, max_size=5), st.lists(st.integers(0, 300_000), max_size=10))
def test_frames_come_back_however_the_stream_is_cut(sent: list[Frame], places: list[int]) -> None:
    cutter = FrameCutter()
    came = []
    for piece in cut(b"".join(frame.encode() for frame in sent), places):
        came += cutter.feed(piece)
    assert came == sent


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_any_bytes_give_frames_or_a_violation_and_little_is_held(pieces: list[bytes]) -> None:
    cutter = FrameCutter()
    for piece in pieces:
        try:
            came = cutter.feed(piece)
        except ProtocolViolation:
            return
        assert all(len(frame.payload) <= c.MAX_PAYLOAD for frame in came)
        assert len(cutter._held) < c.HEADER_SIZE + c.MAX_PAYLOAD


def test_a_frame_that_is_too_long_is_refused_before_it_came() -> None:
    for length in (c.MAX_PAYLOAD + 1, 2**32 - 1):
        with pytest.raises(ProtocolViolation):
            FrameCutter().feed(struct.pack("<IHHI", length, 0x8001, 0, 1))
    with pytest.raises(ValueError, match="payload"):
        Frame(1, 0, 1, bytes(c.MAX_PAYLOAD + 1)).encode()


DECODERS: list[Callable[[bytes], object]] = [
    answers.decode_hello,
    answers.decode_spawn,
    answers.decode_clock,
    answers.decode_kill,
    answers.decode_put,
    answers.decode_observation,
    answers.decode_state,
    answers.decode_error,
    data.decode_stat,
    data.decode_listing,
    data.listing_was_cut,
    data.decode_kmsg,
    data.decode_poll,
    data.decode_run,
    lambda payload: data.decode_read(payload, 3, 2),
]


@pytest.mark.parametrize("decode", DECODERS)
@given(payload=st.binary(max_size=300))
def test_any_payload_decodes_or_is_a_violation(
    decode: Callable[[bytes], object], payload: bytes
) -> None:
    with contextlib.suppress(ProtocolViolation):
        decode(payload)


u16 = st.integers(0, 2**16 - 1)
u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
i64 = st.integers(-(2**63), 2**63 - 1)
i32 = st.integers(-(2**31), 2**31 - 1)
guest_text = st.text(st.characters(codec="utf-8"), max_size=200)


def wire_text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<H", len(encoded)) + encoded


@given(
    st.builds(
        answers.Observation,
        i64,
        i32,
        st.binary(max_size=300) | st.just(bytes(c.MAX_DATA)),
        u64,
        u64,
        st.none() | st.integers(0, 2**31 - 1),
        st.sampled_from(["call", "open", "prepare"]),
    )
)
def test_every_observation_survives_the_wire(seen: answers.Observation) -> None:
    died = c.NONE if seen.died is None else seen.died
    step = ["call", "open", "prepare"].index(seen.step)
    fixed = struct.pack(
        "<qiiBQQI", seen.ret, seen.errno, died, step, seen.started_ns, seen.ended_ns, len(seen.data)
    )
    assert len(fixed) == c.ANSWER_SIZE
    assert answers.decode_observation(fixed + seen.data) == seen
    for broken in (fixed + seen.data + b"x", (fixed + seen.data)[:-1]):
        with pytest.raises(ProtocolViolation):
            answers.decode_observation(broken)


@given(
    st.builds(
        answers.TaskState,
        pid=u32,
        alive=st.booleans(),
        state=st.sampled_from("RSDTtXZ?"),
        wchan=guest_text,
        stack=guest_text,
        syscall=guest_text,
        utime=u64,
        stime=u64,
        voluntary=u64,
        involuntary=u64,
        exit_status=st.none() | st.integers(0, 2**31 - 1),
        clock_ns=u64,
        pending=u16,
    )
)
def test_every_task_state_survives_the_wire(state: answers.TaskState) -> None:
    status = c.NONE if state.exit_status is None else state.exit_status
    head = (state.pid, state.alive, ord(state.state), state.pending, status)
    times = (state.utime, state.stime, state.voluntary, state.involuntary, state.clock_ns)
    payload = struct.pack("<IBBHiQQQQQ", *head, *times)
    payload += wire_text(state.wchan) + wire_text(state.stack) + wire_text(state.syscall)
    assert answers.decode_state(payload) == state


@given(u32, u32, u32, u64, guest_text)
def test_every_hello_survives_the_wire(
    version: int, pid: int, cpus: int, clock: int, release: str
) -> None:
    payload = struct.pack("<IIIQ", version, pid, cpus, clock) + wire_text(release)
    assert answers.decode_hello(payload) == answers.Hello(version, pid, cpus, release, clock)


@given(u16, i32, guest_text)
def test_every_error_survives_the_wire(code: int, errno: int, message: str) -> None:
    refused = answers.decode_error(struct.pack("<Hi", code, errno) + wire_text(message))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.errno) == (code, errno)
    assert message in str(refused)


def test_texts_that_are_not_utf8_or_too_long_are_met_calmly() -> None:
    head = struct.pack("<IIIQ", 1, 2, 3, 4)
    hello = answers.decode_hello(head + struct.pack("<H", 2) + b"\xff\xfe")
    assert hello.release == "��"
    with pytest.raises(ProtocolViolation, match="text of"):
        answers.decode_hello(head + struct.pack("<H", c.MAX_STACK + 1) + bytes(c.MAX_STACK + 1))


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=255), st.integers(0, 255)), max_size=20))
def test_every_listing_survives_the_wire(entries: list[tuple[bytes, int]]) -> None:
    body = b"".join(struct.pack("<BH", kind, len(name)) + name for name, kind in entries)
    assert calls.decode_listing(b"\x01" + body) == tuple(entries)
    assert calls.listing_was_cut(b"\x01" + body)
    assert not calls.listing_was_cut(b"\x00" + body)


@pytest.mark.parametrize(
    "call",
    [
        calls.Open("a\0b", 0),
        calls.Open("a" * (c.MAX_TEXT + 1), 0),
        calls.Open("a", 2**31),
        calls.Close(-(2**31) - 1),
        calls.Read(3, c.MAX_READ_AREA + 1, guard=0),
        calls.Read(3, c.MAX_READ_AREA, guard=1),
        calls.Read(3, 1, guard=c.MAX_GUARD + 1),
        calls.Read(3, 1, fill=b""),
        calls.Read(3, 1, fill=bytes(c.MAX_FILL + 1)),
        calls.Read(3, -1),
        calls.Write(3, bytes(c.MAX_WRITE + 1)),
        calls.WriteBad(3, 1, "normal"),
        calls.WriteBad(3, 1, "readonly"),
        calls.ListDir("/", c.MAX_ENTRIES + 1),
        calls.ReadFile("/", c.MAX_DATA + 1),
        calls.WriteFile("/", bytes(c.MAX_WRITE + 1)),
        calls.Kmsg(cap=c.MIN_KMSG_CAP - 1),
        calls.Run(()),
        calls.Run(("a",) * (c.MAX_ARGUMENTS + 1)),
        calls.Run(("a",), cap=c.MAX_OUTPUT + 1),
    ],
)
def test_what_the_protocol_cannot_carry_is_refused_before_it_is_sent(call: calls.Call) -> None:
    with pytest.raises(ValueError):
        call.encode()
