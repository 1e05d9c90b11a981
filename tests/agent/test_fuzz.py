"""Garbage for the agent, with AddressSanitizer and UBSan watching. All of it seeded.

The whole agent does what it is told, so it runs in a jail: no file of this machine's to harm.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.guest.protocol import calls
from grader.guest.protocol import constants as c
from grader.guest.protocol.errors import ChannelClosed
from grader.guest.protocol.fields import blob, i32, text, u8, u32
from grader.guest.protocol.frames import Frame, FrameCutter
from grader.guest.protocol.transport import SocketTransport
from grader.jail import MERGED_USR_LINKS, Jail, host_programs
from tests.grader.guest.protocol_strategies import any_call

PATIENCE = 60.0
QUIET = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}

SEEDS: list[calls.Call] = [
    calls.Open("/dev/zero", os.O_RDWR),
    calls.Open("/tmp/a", os.O_RDWR | os.O_CREAT, 0o600),
    calls.Close(calls.LAST_FD),
    calls.Read(calls.LAST_FD, 100, guard=5, fill=b"xyz"),
    calls.Read(calls.LAST_FD, c.MAX_READ_AREA, guard=0),
    calls.Read(calls.LAST_FD, 2**40, where="unmapped"),
    calls.Read(calls.LAST_FD, 100, where="readonly"),
    calls.Write(calls.LAST_FD, bytes(1000)),
    calls.WriteBad(calls.LAST_FD, 2**63, "unmapped"),
    calls.WriteBad(calls.LAST_FD, 5, "kernel"),
    calls.Lseek(calls.LAST_FD, 5, 0),
    calls.Ioctl(calls.LAST_FD, 0x5401, 0),
    calls.Fcntl(calls.LAST_FD, 3, 0),
    calls.Poll(calls.LAST_FD, 5, 1),
    calls.InsertModule("/tmp/a", "b=1"),
    calls.DeleteModule("nothing"),
    calls.MakeNode("/tmp/fifo", 0o10600, 0, 0),
    calls.Unlink("/tmp/fifo"),
    calls.MakeFolder("/tmp/folder"),
    calls.Stat("/tmp"),
    calls.ListDir("/proc", 30),
    calls.ListDir("/usr/bin"),
    calls.ReadFile("/proc/self/maps"),
    calls.ReadFile("/usr/bin/env", 5000, 7),
    calls.WriteFile("/tmp/a", b"hello"),
    calls.Kmsg(),
    calls.Kmsg(position="end"),
    calls.Clock(),
    calls.Run(("/usr/bin/true", "a"), 10),
    calls.Run(("/usr/bin/env",), 20, "/tmp/out"),
    calls.Affinity(0),
    calls.Nice(1),
    calls.OnSignal(10, "catch"),
    calls.WriteStream(calls.LAST_FD, 7, bytes(100)),
    calls.ReadStream(calls.LAST_FD, 7, 1, 100),
    calls.FailNth(1, calls.WriteFile("/tmp/a", b"hello")),
    calls.FailNth(2, calls.Read(calls.LAST_FD, c.MAX_READ_AREA, guard=0)),
]


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """The payload with a few bytes changed, lost or added; sometimes as it is."""
    changed = bytearray(payload)
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at:at] = chance.randbytes(chance.randrange(1, 9))
            case 1:
                del changed[at : at + chance.randrange(1, 9)]
            case 2 if at < len(changed):
                changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            case _:
                changed[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 2**31, 2**32 - 1)))
    return bytes(changed[: c.MAX_PAYLOAD])


def some_frame(chance: random.Random, actors: int) -> Frame:
    """A request, mostly for an actor that there is.

    No signal among them looks like a crash, so that a crash must be the agent's own.
    """
    put = u8(1) + text("/tmp/put/file") + blob(chance.randbytes(50), c.MAX_CHUNK)
    kinds = {
        c.TYPE_CALL: (75, lambda: mutated(chance.choice(SEEDS).encode(), chance)),
        c.TYPE_STATE: (6, lambda: mutated(u8(15), chance)),
        c.TYPE_KILL: (6, lambda: i32(chance.choice((0, 9, 10, 15, 65, -1)))),
        c.TYPE_SPAWN: (6, lambda: mutated(i32(c.NONE), chance)),
        c.TYPE_PUT: (6, lambda: mutated(put, chance)),
        c.TYPE_CLOCK: (3, lambda: mutated(b"", chance)),
        c.TYPE_HELLO: (1, lambda: mutated(u32(c.PROTOCOL_VERSION), chance)),
        chance.getrandbits(16) | 8: (3, lambda: chance.randbytes(20)),
    }
    weights = [weight for weight, _ in kinds.values()]
    (kind,) = chance.choices(list(kinds), weights)
    actor = chance.randrange(1, actors + 2)
    return Frame(kind, actor, chance.getrandbits(32), kinds[kind][1]())


def decode_with_c(program: Path, stream: bytes, piece: int = 0) -> tuple[int, int]:
    """(frames, calls) that the agent's own parser finds in the stream."""
    done = subprocess.run(
        [str(program)],
        input=bytes([piece]) + stream,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env=QUIET,
    )
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode("utf-8", "replace")
    words = done.stdout.split()
    return int(words[0]), int(words[2])


@pytest.mark.parametrize("seed", range(60))
def test_the_decoder_survives_mutated_calls(sanitized: Path, seed: int) -> None:
    chance = random.Random(seed)
    frames = [
        Frame(c.TYPE_CALL, 1, number, mutated(chance.choice(SEEDS).encode(), chance))
        for number in range(400)
    ]
    found, _ = decode_with_c(
        sanitized / "fuzz_decode",
        b"".join(frame.encode() for frame in frames),
        chance.choice((0, 1, 3, 200)),
    )
    assert found == len(frames)


@pytest.mark.parametrize("seed", range(30))
def test_the_decoder_survives_garbage(sanitized: Path, seed: int) -> None:
    chance = random.Random(seed)
    stream = bytearray(b"".join(some_frame(chance, 3).encode() for _ in range(100)))
    for _ in range(chance.randrange(1, 20)):
        stream[chance.randrange(len(stream))] = chance.randrange(256)
    decode_with_c(sanitized / "fuzz_decode", bytes(stream), chance.randrange(256))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(sent=st.lists(any_call, min_size=1, max_size=40))
def test_the_agent_understands_every_call_that_we_can_send_and_no_part_of_one(
    sanitized: Path, sent: list[calls.Call]
) -> None:
    whole = [Frame(c.TYPE_CALL, 1, 1, call.encode()) for call in sent]
    short = [Frame(c.TYPE_CALL, 1, 1, frame.payload[:-1]) for frame in whole]
    long = [Frame(c.TYPE_CALL, 1, 1, frame.payload + b"\0") for frame in whole]
    program = sanitized / "fuzz_decode"
    for frames, understood in ((whole, len(whole)), (short, 0), (long, 0)):
        stream = b"".join(frame.encode() for frame in frames)
        assert decode_with_c(program, stream) == (len(frames), understood)


def jailed(agent: Path) -> list[str]:
    jail = Jail(
        read_only={**host_programs(), "/agent": agent},
        symlinks=MERGED_USR_LINKS,
        tmpfs={"/tmp": 16 << 20},
        environment=QUIET,
    )
    return jail.command(["/agent", "--stdio"])


class Fuzzed:
    """A sanitized agent in a jail, and what it answered."""

    def __init__(self, agent: Path) -> None:
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            jailed(agent), stdin=theirs, stdout=theirs, stderr=subprocess.PIPE
        )
        theirs.close()
        self.transport = SocketTransport(ours)
        self.socket = ours
        self.cutter = FrameCutter()
        self.answers: list[Frame] = []

    def take(self, data: bytes) -> None:
        self.answers += self.cutter.feed(data)

    def send(self, *frames: Frame) -> None:
        data = b"".join(frame.encode() for frame in frames)
        self.transport.send(data, PATIENCE, self.take)

    def await_answer(self, ticket: int) -> Frame:
        while True:
            for frame in self.answers:
                if frame.ticket == ticket:
                    return frame
            data = self.transport.receive(PATIENCE)
            assert data is not None, f"no answer to {ticket}"
            self.take(data)

    def end(self) -> int:
        """Hang up, and give the exit status; anything that a sanitizer said is an error."""
        self.transport.close()
        _, said = self.process.communicate(timeout=PATIENCE)
        for word in (b"Sanitizer", b"runtime error"):
            assert word not in said, said.decode("utf-8", "replace")
        return self.process.returncode


HELLO = Frame(c.TYPE_HELLO, 0, 0x5EED, u32(c.PROTOCOL_VERSION))


@pytest.mark.parametrize("seed", range(25))
def test_the_whole_agent_survives_mutated_requests_and_answers_hello_after_them(
    sanitized: Path, seed: int
) -> None:
    chance = random.Random(seed)
    agent = Fuzzed(sanitized / "fuzz_agent")
    spawns = [Frame(c.TYPE_SPAWN, 0, 1, i32(c.NONE)) for _ in range(3)]
    agent.send(HELLO, *spawns)
    for _ in range(400):
        frame = some_frame(chance, 3)
        agent.send(Frame(frame.type, frame.actor, frame.ticket & 0xFFFF00FF, frame.payload))
    agent.answers.clear()
    agent.send(Frame(c.TYPE_HELLO, 0, 0xABCD, u32(c.PROTOCOL_VERSION)))
    assert agent.await_answer(0xABCD).type == c.TYPE_HELLO | c.ANSWER
    assert agent.end() == 0


@pytest.mark.parametrize("seed", range(25))
def test_the_whole_agent_survives_garbage_or_ends_cleanly(sanitized: Path, seed: int) -> None:
    chance = random.Random(1000 + seed)
    agent = Fuzzed(sanitized / "fuzz_agent")
    stream = bytearray(
        b"".join(
            frame.encode()
            for frame in (
                HELLO,
                Frame(c.TYPE_SPAWN, 0, 1, i32(c.NONE)),
                *(some_frame(chance, 2) for _ in range(200)),
            )
        )
    )
    for _ in range(chance.randrange(1, 10)):
        at = chance.randrange(len(stream))
        stream[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(1, 4))
    # It may have had enough before the end: how it ended is what counts.
    with contextlib.suppress(ChannelClosed):
        agent.transport.send(bytes(stream), PATIENCE, agent.take)
    # 0: our end closed; 3: a frame that nothing can be understood after.
    assert agent.end() in (0, 3)


def test_a_frame_too_long_is_answered_and_ends_the_agent(sanitized: Path) -> None:
    agent = Fuzzed(sanitized / "fuzz_agent")
    agent.send(HELLO)
    agent.await_answer(HELLO.ticket)
    header = struct.pack("<IHHI", c.MAX_PAYLOAD + 1, c.TYPE_CLOCK, 0, 5)
    agent.transport.send(header, PATIENCE, agent.take)
    error = agent.await_answer(0)
    assert error.type == c.TYPE_ERROR
    assert error.payload[:2] == struct.pack("<H", c.ERROR_FRAME)
    assert agent.process.wait(PATIENCE) == 3
    agent.end()


def test_nothing_is_done_before_a_hello_of_our_version(sanitized: Path) -> None:
    agent = Fuzzed(sanitized / "fuzz_agent")
    spawn = Frame(c.TYPE_SPAWN, 0, 1, i32(c.NONE))
    agent.send(spawn)
    assert agent.await_answer(1).payload[:2] == struct.pack("<H", c.ERROR_NO_HELLO)
    agent.send(Frame(c.TYPE_HELLO, 0, 2, u32(c.PROTOCOL_VERSION + 1)))
    answer = agent.await_answer(2)
    assert answer.payload[:4] == u32(c.PROTOCOL_VERSION), "it says which version it speaks"
    agent.send(Frame(c.TYPE_SPAWN, 0, 3, i32(c.NONE)))
    assert agent.await_answer(3).payload[:2] == struct.pack("<H", c.ERROR_NO_HELLO)
    assert agent.end() == 0
