"""The data that some calls bring back. Each decoder raises ProtocolViolation and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from grader.guest.protocol.errors import ProtocolViolation
from grader.guest.protocol.fields import Fields


@dataclass(frozen=True)
class ReadBuffer:
    """The caller's memory after a read: ``body`` is as long as what was asked for."""

    before: bytes
    body: bytes
    after: bytes


@dataclass(frozen=True)
class FileStatus:
    """As stat(2); ``major`` and ``minor`` are of the device that a node stands for."""

    mode: int
    major: int
    minor: int
    uid: int
    gid: int
    size: int
    ino: int


@dataclass(frozen=True)
class KernelLog:
    """Records as /dev/kmsg gives them. ``more``: the answer was full, ask again."""

    records: tuple[bytes, ...]
    more: bool


@dataclass(frozen=True)
class Output:
    """``total`` is how much the program wrote, kept or not."""

    total: int
    kept: bytes


def decode_read(data: bytes, count: int, guard: int) -> ReadBuffer:
    """Of ``Read(fd, count, guard=guard)``."""
    if len(data) != count + 2 * guard:
        raise ProtocolViolation(
            f"the agent sent {len(data)} bytes of memory for a read of {count}, guards of {guard}"
        )
    return ReadBuffer(data[:guard], data[guard : guard + count], data[guard + count :])


def decode_stat(data: bytes) -> FileStatus:
    """Of ``Stat`` that succeeded."""
    fields = Fields(data)
    status = FileStatus(*fields.unpack("IIIIIQQ"))
    fields.finish()
    return status


def decode_listing(data: bytes) -> tuple[tuple[bytes, int], ...]:
    """(name, d_type) of each entry of ``ListDir``; empty data (it failed) has none."""
    return _listing(data)[0]


def listing_was_cut(data: bytes) -> bool:
    """Whether the folder had more entries than the answer of ``ListDir`` could take."""
    return _listing(data)[1]


def _listing(data: bytes) -> tuple[tuple[tuple[bytes, int], ...], bool]:
    if not data:
        return (), False
    fields = Fields(data)
    (cut,) = fields.unpack("B")
    entries = []
    while fields.at < len(data):
        kind, length = fields.unpack("BH")
        entries.append((fields.take(length), kind))
    return tuple(entries), bool(cut)


def decode_kmsg(data: bytes) -> KernelLog:
    """Of ``Kmsg``; empty data (it failed) is no record."""
    if not data:
        return KernelLog((), False)
    fields = Fields(data)
    (more,) = fields.unpack("B")
    records = []
    while fields.at < len(data):
        (length,) = fields.unpack("H")
        records.append(fields.take(length))
    return KernelLog(tuple(records), bool(more))


def decode_poll(data: bytes) -> int:
    """The revents of ``Poll``."""
    fields = Fields(data)
    (revents,) = fields.unpack("H")
    fields.finish()
    return revents


def decode_run(data: bytes) -> Output:
    """Of ``Run`` that started its program."""
    fields = Fields(data)
    (total,) = fields.unpack("Q")
    return Output(total, fields.rest())


def decode_failing(data: bytes) -> tuple[bytes, int | None]:
    """Of ``FailNth``: the call's own data, and how many more failable steps there would have had to
    be. 0: one was made to fail. None: the kernel offers no such thing, or the call got nowhere.
    """
    if len(data) < 4:
        return data, None
    left = int.from_bytes(data[-4:], "little")
    return data[:-4], None if left == 0xFFFF_FFFF else left
