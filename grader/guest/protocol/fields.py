"""The fields that frames are made of. All numbers are little-endian."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from grader.guest.protocol.constants import MAX_STACK, MAX_TEXT
from grader.guest.protocol.errors import ProtocolViolation


def _number(value: int, size: int, signed: bool = False) -> bytes:
    """Raises: ValueError when it does not fit."""
    try:
        return value.to_bytes(size, "little", signed=signed)
    except OverflowError:
        raise ValueError(f"{value} does not fit into {size} bytes") from None


def u8(value: int) -> bytes:
    return _number(value, 1)


def u16(value: int) -> bytes:
    return _number(value, 2)


def u32(value: int) -> bytes:
    return _number(value, 4)


def i32(value: int) -> bytes:
    return _number(value, 4, signed=True)


def u64(value: int) -> bytes:
    return _number(value, 8)


def i64(value: int) -> bytes:
    return _number(value, 8, signed=True)


def blob(data: bytes, most: int) -> bytes:
    """A length and that many bytes.

    Raises:
        ValueError: more than ``most`` bytes.
    """
    if len(data) > most:
        raise ValueError(f"{len(data)} bytes, and the protocol carries {most} here")
    return u32(len(data)) + data


def text(value: str | bytes) -> bytes:
    """A path or name for the guest, ended by a NUL so that C can use it where it is.

    Raises:
        ValueError: it holds a NUL or is longer than a path can be.
    """
    data = os.fsencode(value)
    if len(data) > MAX_TEXT or b"\0" in data:
        raise ValueError(f"not a text for the agent ({len(data)} bytes): {value[:80]!r}")
    return u16(len(data)) + data + b"\0"


@dataclass
class Fields:
    """Takes fields off a payload; ProtocolViolation for each that is not there."""

    payload: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        taken = self.payload[self.at : self.at + count]
        if len(taken) != count:
            raise ProtocolViolation(
                f"the agent's answer ends after {len(self.payload)} bytes, in the middle of a field"
            )
        self.at += count
        return taken

    def unpack(self, layout: str) -> tuple[int, ...]:
        """Numbers, as ``struct`` names them."""
        layout = "<" + layout
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def text(self) -> str:
        """Text that the guest wrote: decoded here and nowhere else, and still hostile."""
        (length,) = self.unpack("H")
        if length > MAX_STACK:
            raise ProtocolViolation(f"the agent sent a text of {length} bytes")
        return self.take(length).decode("utf-8", "replace")

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self.payload) - self.at)

    def finish(self) -> None:
        """There must be nothing left."""
        left = len(self.payload) - self.at
        if left:
            raise ProtocolViolation(f"the agent's answer is {left} bytes longer than its fields")
