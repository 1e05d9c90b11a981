"""What an actor can be asked to do, and how to read the data that some calls bring back.

Flags and numbers are Linux's for x86-64, whatever the host is. Descriptors may be ``LAST_FD``:
the one that the actor's last successful Open gave. Paths are text, or bytes as they are.
``encode()`` raises ValueError for values that the protocol cannot carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.guest.protocol import constants as c
from grader.guest.protocol.data import (
    FileStatus,
    KernelLog,
    Output,
    ReadBuffer,
    decode_failing,
    decode_kmsg,
    decode_listing,
    decode_poll,
    decode_read,
    decode_run,
    decode_stat,
    listing_was_cut,
)
from grader.guest.protocol.fields import blob, i32, i64, text, u8, u16, u32, u64

__all__ = [
    "LAST_FD",
    "Affinity",
    "Call",
    "Clock",
    "Close",
    "ConsoleLevel",
    "DeleteModule",
    "FailNth",
    "Fcntl",
    "FileStatus",
    "InsertModule",
    "Ioctl",
    "KernelLog",
    "Kmsg",
    "KmsgPosition",
    "ListDir",
    "Lseek",
    "MakeFolder",
    "MakeNode",
    "Nice",
    "OnSignal",
    "Open",
    "Output",
    "Path",
    "Poll",
    "Read",
    "ReadBuffer",
    "ReadFile",
    "ReadStream",
    "Run",
    "SignalAction",
    "Stat",
    "Unlink",
    "Where",
    "Write",
    "WriteBad",
    "WriteFile",
    "WriteStream",
    "decode_failing",
    "decode_kmsg",
    "decode_listing",
    "decode_poll",
    "decode_read",
    "decode_run",
    "decode_stat",
    "listing_was_cut",
]

LAST_FD = c.LAST_FD

Path = str | bytes
#: Where the memory lies that a read or write is given. ``unmapped`` was mapped and is no more,
#: ``kernel`` is the start of the kernel's text, ``readonly`` is for reads alone.
Where = Literal["normal", "unmapped", "null", "kernel", "readonly"]
_WHERE = {
    "normal": c.WHERE_NORMAL,
    "unmapped": c.WHERE_UNMAPPED,
    "null": c.WHERE_NULL,
    "kernel": c.WHERE_KERNEL,
    "readonly": c.WHERE_READONLY,
}
SignalAction = Literal["default", "ignore", "catch", "restart"]
_ACTION = {
    "default": c.SIGNAL_DEFAULT,
    "ignore": c.SIGNAL_IGNORE,
    "catch": c.SIGNAL_CATCH,
    "restart": c.SIGNAL_RESTART,
}
KmsgPosition = Literal["continue", "oldest", "end"]
_POSITION = {
    "continue": c.KMSG_CONTINUE,
    "oldest": c.KMSG_OLDEST,
    "end": c.KMSG_END,
}


@dataclass(frozen=True)
class Open:
    """open(2) with exactly these flags."""

    path: Path
    flags: int
    mode: int = 0

    def encode(self) -> bytes:
        return u8(c.OP_OPEN) + text(self.path) + i32(self.flags) + u32(self.mode)


@dataclass(frozen=True)
class Close:
    fd: int

    def encode(self) -> bytes:
        return u8(c.OP_CLOSE) + i32(self.fd)


@dataclass(frozen=True)
class Read:
    """read(2). In normal memory, data is the whole area: see :func:`decode_read`.

    ``fill`` (1 to 16 bytes, repeated) is laid down before in ``count`` bytes and in the ``guard``
    bytes on each side. With another ``where`` there is no data.
    """

    fd: int
    count: int
    where: str = "normal"
    guard: int = 32
    fill: bytes = b"\xa5"

    def encode(self) -> bytes:
        if self.where == "normal" and self.count + 2 * self.guard > c.MAX_READ_AREA:
            raise ValueError(f"a read of {self.count} bytes and its guards do not fit an answer")
        if self.where == "normal" and self.guard > c.MAX_GUARD:
            raise ValueError(f"a guard of {self.guard} bytes, and {c.MAX_GUARD} is the most")
        if not self.fill:
            raise ValueError("an empty fill pattern")
        head = u8(c.OP_READ) + i32(self.fd) + u64(self.count) + u8(_WHERE[self.where])
        return head + u32(self.guard) + blob(self.fill, c.MAX_FILL)


@dataclass(frozen=True)
class Write:
    """One write(2) of at most MAX_WRITE bytes."""

    fd: int
    data: bytes

    def encode(self) -> bytes:
        return u8(c.OP_WRITE) + i32(self.fd) + blob(self.data, c.MAX_WRITE)


@dataclass(frozen=True)
class WriteBad:
    """write(2) of ``count`` bytes from where nothing can be read."""

    fd: int
    count: int
    where: str

    def encode(self) -> bytes:
        if self.where not in ("unmapped", "null", "kernel"):
            raise ValueError(f"memory that is '{self.where}' can be written from")
        return u8(c.OP_WRITE_BAD) + i32(self.fd) + u64(self.count) + u8(_WHERE[self.where])


@dataclass(frozen=True)
class Lseek:
    fd: int
    offset: int
    whence: int = 0

    def encode(self) -> bytes:
        return u8(c.OP_LSEEK) + i32(self.fd) + i64(self.offset) + i32(self.whence)


@dataclass(frozen=True)
class Ioctl:
    fd: int
    command: int
    argument: int = 0

    def encode(self) -> bytes:
        return u8(c.OP_IOCTL) + i32(self.fd) + u64(self.command) + u64(self.argument)


@dataclass(frozen=True)
class Fcntl:
    fd: int
    command: int
    argument: int = 0

    def encode(self) -> bytes:
        return u8(c.OP_FCNTL) + i32(self.fd) + i32(self.command) + u64(self.argument)


@dataclass(frozen=True)
class Poll:
    """poll(2) of one descriptor; ``timeout_ms`` -1 waits for ever. See :func:`decode_poll`."""

    fd: int
    events: int
    timeout_ms: int = 0

    def encode(self) -> bytes:
        return u8(c.OP_POLL) + i32(self.fd) + u16(self.events) + i32(self.timeout_ms)


@dataclass(frozen=True)
class InsertModule:
    """finit_module(2). ``step`` of the observation is "open" if the file could not be opened."""

    path: Path
    params: str = ""
    flags: int = 0

    def encode(self) -> bytes:
        return u8(c.OP_INSERT_MODULE) + text(self.path) + text(self.params) + i32(self.flags)


@dataclass(frozen=True)
class DeleteModule:
    """delete_module(2), with O_NONBLOCK as rmmod does."""

    name: str
    flags: int = 0o4000

    def encode(self) -> bytes:
        return u8(c.OP_DELETE_MODULE) + text(self.name) + i32(self.flags)


@dataclass(frozen=True)
class MakeNode:
    """mknod(2); ``mode`` holds the type too."""

    path: Path
    mode: int
    major: int
    minor: int

    def encode(self) -> bytes:
        numbers = u32(self.mode) + u32(self.major) + u32(self.minor)
        return u8(c.OP_MAKE_NODE) + text(self.path) + numbers


@dataclass(frozen=True)
class Unlink:
    path: Path

    def encode(self) -> bytes:
        return u8(c.OP_UNLINK) + text(self.path)


@dataclass(frozen=True)
class MakeFolder:
    path: Path
    mode: int = 0o755

    def encode(self) -> bytes:
        return u8(c.OP_MAKE_FOLDER) + text(self.path) + u32(self.mode)


@dataclass(frozen=True)
class Stat:
    """stat(2), or lstat(2) with ``follow`` false. See :func:`decode_stat`."""

    path: Path
    follow: bool = True

    def encode(self) -> bytes:
        return u8(c.OP_STAT) + text(self.path) + u8(self.follow)


@dataclass(frozen=True)
class ListDir:
    """The names in a folder, without ``.`` and ``..``. See :func:`decode_listing`."""

    path: Path
    most: int = c.MAX_ENTRIES

    def encode(self) -> bytes:
        if self.most > c.MAX_ENTRIES:
            raise ValueError(f"{self.most} names, and {c.MAX_ENTRIES} is the most")
        return u8(c.OP_LIST_FOLDER) + text(self.path) + u32(self.most)


@dataclass(frozen=True)
class ReadFile:
    """Open, read to the end or to ``cap`` bytes (then ``ret`` is ``cap``), close.

    If a read fails, data is what came before it.
    """

    path: Path
    cap: int = c.MAX_DATA
    offset: int = 0

    def encode(self) -> bytes:
        if self.cap > c.MAX_DATA:
            raise ValueError(f"{self.cap} bytes of a file, and {c.MAX_DATA} is the most")
        return u8(c.OP_READ_FILE) + text(self.path) + u64(self.offset) + u32(self.cap)


@dataclass(frozen=True)
class WriteFile:
    """Open for writing (nothing is created or truncated), one write(2), close."""

    path: Path
    data: bytes

    def encode(self) -> bytes:
        return u8(c.OP_WRITE_FILE) + text(self.path) + blob(self.data, c.MAX_WRITE)


@dataclass(frozen=True)
class ConsoleLevel:
    """Which kernel messages reach the console: 1 (none) to 8 (all)."""

    level: int

    def encode(self) -> bytes:
        return u8(c.OP_CONSOLE_LEVEL) + i32(self.level)


@dataclass(frozen=True)
class Kmsg:
    """Records of /dev/kmsg, without waiting. See :func:`decode_kmsg`.

    ``continue``: where this actor's last Kmsg stopped (the first time, the oldest). ``end``: skip
    all there is. Records with a sequence number below ``since`` are left out.
    """

    cap: int = c.MAX_DATA
    since: int = 0
    position: KmsgPosition = "continue"

    def encode(self) -> bytes:
        if not c.MIN_KMSG_CAP <= self.cap <= c.MAX_DATA:
            raise ValueError(f"{self.cap} bytes of kernel messages")
        return u8(c.OP_KMSG) + u8(_POSITION[self.position]) + u64(self.since) + u32(self.cap)


@dataclass(frozen=True)
class Clock:
    """Nothing but the two times; shows that the actor answers."""

    def encode(self) -> bytes:
        return u8(c.OP_CLOCK)


@dataclass(frozen=True)
class Run:
    """Run a program and wait for it: ``ret`` is its wait status. See :func:`decode_run`.

    stdout and stderr are kept together, up to ``cap`` bytes; in the file ``output`` if that is
    not empty, in data otherwise. ``argv[0]`` is a full path.
    """

    argv: tuple[Path, ...]
    cap: int = c.MAX_OUTPUT
    output: Path = ""

    def encode(self) -> bytes:
        if not 1 <= len(self.argv) <= c.MAX_ARGUMENTS:
            raise ValueError(f"{len(self.argv)} arguments, and {c.MAX_ARGUMENTS} is the most")
        if not self.output and self.cap > c.MAX_OUTPUT:
            raise ValueError(f"{self.cap} bytes of output: only a file can take so many")
        arguments = b"".join(text(argument) for argument in self.argv)
        head = u8(c.OP_RUN) + u8(len(self.argv)) + arguments
        return head + u32(self.cap) + text(self.output)


@dataclass(frozen=True)
class Affinity:
    """Run on this processor from now on; ``None``: on any."""

    cpu: int | None

    def encode(self) -> bytes:
        return u8(c.OP_AFFINITY) + i32(c.NONE if self.cpu is None else self.cpu)


@dataclass(frozen=True)
class Nice:
    level: int

    def encode(self) -> bytes:
        return u8(c.OP_NICE) + i32(self.level)


@dataclass(frozen=True)
class OnSignal:
    """What the actor does on a signal: ``catch`` lets it interrupt a call (EINTR), ``restart``
    has the call go on after it."""

    signal: int
    action: SignalAction

    def encode(self) -> bytes:
        return u8(c.OP_SIGNAL) + i32(self.signal) + u8(_ACTION[self.action])


@dataclass(frozen=True)
class WriteStream:
    """Write ``data`` in pieces of ``piece`` bytes, each to its end, as fast as the device takes it.

    ``ret`` is how much was written before a write failed (``errno`` then says why) or returned 0.
    """

    fd: int
    piece: int
    data: bytes

    def encode(self) -> bytes:
        if not 1 <= self.piece <= c.MAX_PIECE:
            raise ValueError(f"a piece of {self.piece} bytes: 1 to {c.MAX_PIECE} can be")
        head = u8(c.OP_WRITE_STREAM) + i32(self.fd) + u32(self.piece)
        return head + blob(self.data, c.MAX_WRITE)


@dataclass(frozen=True)
class ReadStream:
    """Read ``count`` bytes at a time, until one of them is ``stop``, ``cap`` would be passed, a
    read fails (``errno`` then says why) or returns 0.

    ``data`` is what was read, ``ret`` its length.
    """

    fd: int
    count: int
    stop: int
    cap: int = c.MAX_READ_AREA

    def encode(self) -> bytes:
        if not 1 <= self.count <= min(c.MAX_PIECE, self.cap) or self.cap > c.MAX_READ_AREA:
            raise ValueError(f"reads of {self.count} bytes up to {self.cap} cannot be asked for")
        head = u8(c.OP_READ_STREAM) + i32(self.fd) + u32(self.count)
        return head + u8(self.stop) + u32(self.cap)


@dataclass(frozen=True)
class FailNth:
    """``call``, with the ``nth`` of its steps that can fail (an allocation, a copy from or to user
    memory) made to fail. See :func:`decode_failing` for the data.

    Of calls that open a file first, only what comes after counts.
    """

    nth: int
    call: Open | Close | Read | Write | Ioctl | Poll | WriteFile | InsertModule | DeleteModule

    def encode(self) -> bytes:
        if self.nth < 1:
            raise ValueError("steps that fail are counted from 1")
        return u8(c.OP_FAIL_NTH) + u32(self.nth) + self.call.encode()


Call = (
    Open
    | Close
    | Read
    | Write
    | WriteBad
    | Lseek
    | Ioctl
    | Fcntl
    | Poll
    | InsertModule
    | DeleteModule
    | MakeNode
    | Unlink
    | MakeFolder
    | Stat
    | ListDir
    | ReadFile
    | WriteFile
    | ConsoleLevel
    | Kmsg
    | Clock
    | Run
    | Affinity
    | Nice
    | OnSignal
    | WriteStream
    | ReadStream
    | FailNth
)
