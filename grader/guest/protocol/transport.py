"""Moving bytes with deadlines, over a socket or over anything that looks like one.

Sending must go on reading what comes meanwhile: the agent writes its answers with a blocking
write, so two sides that only send would wait for each other for ever.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable
from typing import Protocol

from grader.guest.protocol.errors import ChannelClosed, Unanswered

#: The most that is taken from the stream at once, in bytes.
PIECE = 65536


class Stream(Protocol):
    """What is needed of a stream; ``paramiko.Channel`` fits. ``recv`` and ``send`` raise
    TimeoutError when the time set has passed; ``recv`` returns b"" at the end."""

    def settimeout(self, seconds: float | None, /) -> None: ...

    def recv(self, size: int, /) -> bytes: ...

    def send(self, data: bytes, /) -> int: ...

    def close(self) -> None: ...


class Transport(Protocol):
    """The two ways to move bytes. ``seconds`` is how long to wait at most."""

    def receive(self, seconds: float) -> bytes | None:
        """What came; ``None`` if nothing did in time. Raises ChannelClosed at the end."""

    def send(self, data: bytes, seconds: float, took: Callable[[bytes], None]) -> None:
        """Send all of it, handing what comes meanwhile to ``took``. Raises Unanswered late."""

    def close(self) -> None:
        """End it; whoever waits in :meth:`receive` returns."""


def transport_for(stream: socket.socket | Stream) -> Transport:
    """The transport that suits ``stream``."""
    return SocketTransport(stream) if isinstance(stream, socket.socket) else StreamTransport(stream)


class SocketTransport:
    """A connected socket, QEMU's end of which is the agent's port."""

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        self._socket = stream

    def receive(self, seconds: float) -> bytes | None:
        until = time.monotonic() + seconds
        while True:
            data = self._read()
            if data is not None:
                return data
            if not self._ready(select.POLLIN, until):
                return None

    def send(self, data: bytes, seconds: float, took: Callable[[bytes], None]) -> None:
        until = time.monotonic() + seconds
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                if not self._ready(select.POLLIN | select.POLLOUT, until):
                    raise Unanswered(
                        f"the guest took no more input for {seconds:g} s ({len(rest)} bytes left)"
                    ) from None
                came = self._read()
                if came is not None:
                    took(came)
            except OSError as error:
                raise ChannelClosed(f"the guest's channel is closed: {error}") from error

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self) -> bytes | None:
        try:
            data = self._socket.recv(PIECE)
        except BlockingIOError:
            return None
        except OSError as error:
            raise ChannelClosed(f"the guest's channel is closed: {error}") from error
        if not data:
            raise ChannelClosed("the guest closed its channel")
        return data

    def _ready(self, events: int, until: float) -> bool:
        descriptor = self._socket.fileno()
        if descriptor < 0:
            raise ChannelClosed("the channel was closed on our side")
        poll = select.poll()
        poll.register(descriptor, events)
        return bool(poll.poll(max(0.0, until - time.monotonic()) * 1000))


class StreamTransport:
    """A stream with a reader of its own, as paramiko's channels have: input waits in memory
    there (2 MiB window) while we send, so sending need not look at it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def receive(self, seconds: float) -> bytes | None:
        self._stream.settimeout(max(0.0, seconds))
        try:
            data = self._stream.recv(PIECE)
        except (TimeoutError, BlockingIOError):
            return None
        except (OSError, EOFError) as error:
            raise ChannelClosed(f"the guest's channel is closed: {error}") from error
        if not data:
            raise ChannelClosed("the guest closed its channel")
        return data

    def send(self, data: bytes, seconds: float, took: Callable[[bytes], None]) -> None:
        until = time.monotonic() + seconds
        sent = 0
        while sent < len(data):
            self._stream.settimeout(max(0.001, until - time.monotonic()))
            try:
                count = self._stream.send(data[sent:])
            except (TimeoutError, BlockingIOError):
                raise Unanswered(f"the guest took no more input for {seconds:g} s") from None
            except (OSError, EOFError) as error:
                raise ChannelClosed(f"the guest's channel is closed: {error}") from error
            if count == 0:
                raise ChannelClosed("the guest closed its channel")
            sent += count

    def close(self) -> None:
        self._stream.close()
