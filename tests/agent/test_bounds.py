"""The agent's own limits, met with requests that our side would never send."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.guest.protocol import constants as c
from grader.guest.protocol.fields import i32, u8, u16, u32, u64
from grader.guest.protocol.frames import Frame, FrameCutter

PATIENCE = 30.0
Starter = Callable[[list[str]], tuple[subprocess.Popen[bytes], socket.socket]]


def text(data: bytes) -> bytes:
    return u16(len(data)) + data + b"\0"


def blob(length: int) -> bytes:
    return u32(length) + bytes(length)


def read(count: int, guard: int, fill: bytes, where: int = c.WHERE_NORMAL) -> bytes:
    return u8(c.OP_READ) + i32(3) + u64(count) + u8(where) + u32(guard) + u32(len(fill)) + fill


def run(arguments: int, cap: int, output: bytes = b"") -> bytes:
    return u8(c.OP_RUN) + u8(arguments) + text(b"/x") * arguments + u32(cap) + text(output)


BAD_CALLS = {
    "empty": b"",
    "operation 0": u8(0),
    "the operation after the last": u8(c.OP_FAIL_NTH + 1),
    "a read larger than an answer": read(c.MAX_READ_AREA + 1, 0, b"x"),
    "a read whose guards make it too large": read(c.MAX_READ_AREA - 1, 1, b"x"),
    "a read of 2^64 - 1": read(2**64 - 1, 1, b"x"),
    "a guard too large": read(1, c.MAX_GUARD + 1, b"x"),
    "a guard of 2^32 - 1": read(1, 2**32 - 1, b"x"),
    "no fill": read(1, 1, b""),
    "a fill too long": read(1, 1, bytes(c.MAX_FILL + 1)),
    "a read from nowhere": read(1, 1, b"x", c.WHERE_READONLY + 1),
    "a write too large": u8(c.OP_WRITE) + i32(3) + blob(c.MAX_WRITE + 1),
    "a bad write from good memory": u8(c.OP_WRITE_BAD) + i32(3) + u64(1) + u8(c.WHERE_NORMAL),
    "a bad write from readable memory": u8(c.OP_WRITE_BAD) + i32(3) + u64(1) + u8(4),
    "a stream in pieces of nothing": u8(c.OP_WRITE_STREAM) + i32(3) + u32(0) + blob(1),
    "a stream in pieces too large": u8(c.OP_WRITE_STREAM) + i32(3) + u32(c.MAX_PIECE + 1) + blob(1),
    "a stream too long": u8(c.OP_WRITE_STREAM) + i32(3) + u32(1) + blob(c.MAX_WRITE + 1),
    "a stream that stops before its first read": u8(c.OP_READ_STREAM)
    + (i32(3) + u32(9) + u8(0) + u32(8)),
    "a stream longer than an answer": u8(c.OP_READ_STREAM)
    + (i32(3) + u32(9) + u8(0) + u32(c.MAX_READ_AREA + 1)),
    "the failure of step 0": u8(c.OP_FAIL_NTH) + u32(0) + u8(c.OP_CLOSE) + i32(3),
    "the failure of a failure": u8(c.OP_FAIL_NTH) + u32(1) + u8(c.OP_FAIL_NTH) + u32(1),
    "the failure of a program": u8(c.OP_FAIL_NTH) + u32(1) + run(1, 1),
    "a text too long": u8(c.OP_UNLINK) + text(b"a" * (c.MAX_TEXT + 1)),
    "a text with a NUL": u8(c.OP_UNLINK) + text(b"a\0b"),
    "a text without its end": u8(c.OP_UNLINK) + u16(2) + b"/xx",
    "a text longer than the frame": u8(c.OP_UNLINK) + u16(3000) + b"/x\0",
    "a follow of 2": u8(c.OP_STAT) + text(b"/") + u8(2),
    "too many names": u8(c.OP_LIST_FOLDER) + text(b"/") + u32(c.MAX_ENTRIES + 1),
    "too much of a file": u8(c.OP_READ_FILE) + text(b"/") + u64(0) + u32(c.MAX_DATA + 1),
    "too many messages": u8(c.OP_KMSG) + u8(0) + u64(0) + u32(c.MAX_DATA + 1),
    "too few messages": u8(c.OP_KMSG) + u8(0) + u64(0) + u32(c.MIN_KMSG_CAP - 1),
    "messages from nowhere": u8(c.OP_KMSG) + u8(3) + u64(0) + u32(c.MIN_KMSG_CAP),
    "no program": run(0, 10),
    "too many arguments": run(c.MAX_ARGUMENTS + 1, 10),
    "too much output": run(1, c.MAX_OUTPUT + 1),
    "no such action": u8(c.OP_SIGNAL) + i32(10) + u8(c.SIGNAL_RESTART + 1),
    "a byte too many": u8(c.OP_CLOCK) + b"\0",
}

BAD_REQUESTS = {
    "hello without a version": Frame(c.TYPE_HELLO, 0, 9),
    "spawn with a byte too many": Frame(c.TYPE_SPAWN, 0, 9, i32(c.NONE) + b"\0"),
    "state without parts": Frame(c.TYPE_STATE, 1, 9),
    "kill with half a signal": Frame(c.TYPE_KILL, 1, 9, b"\0\0"),
    "clock with a field": Frame(c.TYPE_CLOCK, 0, 9, b"\0"),
    "put with unknown flags": Frame(c.TYPE_PUT, 0, 9, u8(2) + text(b"/tmp/x") + blob(0)),
    "put of too much": Frame(c.TYPE_PUT, 0, 9, u8(1) + text(b"/tmp/x") + blob(c.MAX_CHUNK + 1)),
}


@pytest.fixture
def ask(sanitized: Path, start_over_socket: Starter) -> Callable[[Frame], Frame]:
    """One request to a greeted agent with one actor, and its answer."""
    _, ours = start_over_socket([str(sanitized / "fuzz_agent"), "--stdio"])
    ours.settimeout(PATIENCE)
    cutter = FrameCutter()

    def exchange(frame: Frame) -> Frame:
        ours.sendall(frame.encode())
        came: list[Frame] = []
        while not came:
            data = ours.recv(65536)
            assert data, "the agent ended"
            came = cutter.feed(data)
        assert came[0].ticket == frame.ticket
        return came[0]

    exchange(Frame(c.TYPE_HELLO, 0, 1, u32(c.PROTOCOL_VERSION)))
    exchange(Frame(c.TYPE_SPAWN, 0, 2, i32(c.NONE)))
    return exchange


def test_the_largest_allowed_are_not_refused(ask: Callable[[Frame], Frame]) -> None:
    for payload in (
        read(c.MAX_READ_AREA, 0, b"x"),
        read(c.MAX_READ_AREA - 2 * c.MAX_GUARD, c.MAX_GUARD, bytes(c.MAX_FILL)),
        u8(c.OP_WRITE) + i32(3) + blob(c.MAX_WRITE),
        u8(c.OP_STAT) + text(b"a" * c.MAX_TEXT) + u8(1),
        u8(c.OP_LIST_FOLDER) + text(b"/usr/bin") + u32(c.MAX_ENTRIES),
        u8(c.OP_READ_FILE) + text(b"/dev/zero") + u64(0) + u32(c.MAX_DATA),
    ):
        assert ask(Frame(c.TYPE_CALL, 1, 3, payload)).type == c.TYPE_CALL | c.ANSWER


@pytest.mark.parametrize("name", BAD_CALLS)
def test_calls_beyond_a_limit_are_refused(ask: Callable[[Frame], Frame], name: str) -> None:
    refused = ask(Frame(c.TYPE_CALL, 1, 3, BAD_CALLS[name]))
    assert refused.type == c.TYPE_ERROR
    assert refused.payload[:2] == u16(c.ERROR_REQUEST)
    assert ask(Frame(c.TYPE_CALL, 1, 4, u8(c.OP_CLOCK))).type == c.TYPE_CALL | c.ANSWER


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_requests_of_the_wrong_shape_are_refused(ask: Callable[[Frame], Frame], name: str) -> None:
    refused = ask(BAD_REQUESTS[name])
    assert refused.type == c.TYPE_ERROR
    assert refused.payload[:2] == u16(c.ERROR_REQUEST)
    assert ask(Frame(c.TYPE_CLOCK, 0, 4)).type == c.TYPE_CLOCK | c.ANSWER


def test_unknown_types_and_actors_are_refused(ask: Callable[[Frame], Frame]) -> None:
    assert ask(Frame(c.TYPE_CLOCK + 1, 0, 3)).payload[:2] == u16(c.ERROR_TYPE)
    assert ask(Frame(c.TYPE_CALL | c.ANSWER, 1, 3)).payload[:2] == u16(c.ERROR_TYPE)
    for type_ in (c.TYPE_STATE, c.TYPE_KILL, c.TYPE_CALL):
        assert ask(Frame(type_, 2, 3, b"x")).payload[:2] == u16(c.ERROR_NO_ACTOR)
