"""Frames, and cutting a stream of bytes into them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from grader.guest.protocol.constants import HEADER_SIZE, MAX_PAYLOAD
from grader.guest.protocol.errors import ProtocolViolation

_HEADER = struct.Struct("<IHHI")


@dataclass(frozen=True)
class Frame:
    """One request or answer. ``actor`` is 0 where none is meant."""

    type: int
    actor: int
    ticket: int
    payload: bytes = b""

    def encode(self) -> bytes:
        """The frame's bytes.

        Raises:
            ValueError: a payload larger than the protocol allows.
        """
        if len(self.payload) > MAX_PAYLOAD:
            raise ValueError(f"a payload of {len(self.payload)} bytes; {MAX_PAYLOAD} is the most")
        head = _HEADER.pack(len(self.payload), self.type, self.actor, self.ticket)
        return head + self.payload


class FrameCutter:
    """Takes bytes as they come, gives whole frames. Holds less than one frame between feeds."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole with ``data``.

        Raises:
            ProtocolViolation: a length beyond the limit; nothing after it can be understood.
        """
        self._held += data
        frames = []
        at = 0
        while len(self._held) - at >= HEADER_SIZE:
            length, type_, actor, ticket = _HEADER.unpack_from(self._held, at)
            if length > MAX_PAYLOAD:
                self._held.clear()
                raise ProtocolViolation(f"the guest announced a frame of {length} bytes")
            end = at + HEADER_SIZE + length
            if len(self._held) < end:
                break
            frames.append(Frame(type_, actor, ticket, bytes(self._held[at + HEADER_SIZE : end])))
            at = end
        del self._held[:at]
        return frames
