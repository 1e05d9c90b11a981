"""The guest's serial console: kept as it comes, capped, waited on.

The bytes are a student's as much as the kernel's. They become text here and nowhere else.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

#: Bytes kept of one console. A flood keeps its beginning (the cause) and its end (the last words).
HEAD_BYTES = 192 * 1024
TAIL_BYTES = 64 * 1024


class ConsoleLog:
    """The first ``head`` and the last ``tail`` bytes of a stream, by position. Not thread-safe."""

    def __init__(self, head: int = HEAD_BYTES, tail: int = TAIL_BYTES) -> None:
        self._head_room = head
        self._tail_room = tail
        self._head = bytearray()
        self._tail = bytearray()
        self.length = 0

    def append(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self.length += len(data)
        fits = self._head_room - len(self._head)
        self._head += data[:fits]
        self._tail += data[fits:]
        surplus = len(self._tail) - self._tail_room
        if surplus > 0:
            del self._tail[:surplus]

    def since(self, position: int) -> bytes:
        """What is kept from ``position`` (in bytes from the start) on, with a note where cut."""
        tail_start = self.length - len(self._tail)
        if position >= tail_start:
            return bytes(self._tail[position - tail_start :])
        head = bytes(self._head[position:])
        cut = tail_start - max(position, len(self._head))
        note = f"\n[... {cut} bytes of the console cut ...]\n".encode() if cut > 0 else b""
        return head + note + bytes(self._tail)


class Console:
    """One guest's console. Fed by the thread that watches the guest, read by any other."""

    def __init__(self, log: ConsoleLog | None = None) -> None:
        self._log = log or ConsoleLog()
        self._changed = threading.Condition()
        self._ended = False

    def feed(self, data: bytes) -> None:
        """Add bytes that the guest sent."""
        with self._changed:
            self._log.append(data)
            self._changed.notify_all()

    def end(self) -> None:
        """Nothing more will come: QEMU is gone."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def ended(self) -> bool:
        """Whether the text is complete."""
        with self._changed:
            return self._ended

    def mark(self) -> int:
        """The position now, for a later ``text(since=...)``. In bytes from the start."""
        with self._changed:
            return self._log.length

    def text(self, since: int = 0) -> str:
        """What came from position ``since`` on; undecodable bytes become U+FFFD."""
        with self._changed:
            return self._log.since(since).decode("utf-8", "replace").replace("\r\n", "\n")

    def wait_for(self, pattern: str | re.Pattern[str], timeout: float, since: int = 0) -> bool:
        """Wait until the text since a position matches a regular expression.

        False when ``timeout`` seconds passed or the console ended without it.
        """
        wanted = re.compile(pattern)

        def matched() -> bool:
            return wanted.search(self.text(since)) is not None

        self.wait_until(lambda: self._ended or matched(), timeout)
        return matched()

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until ``condition`` holds; it is asked again after each change of the console."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def wait_ended(self, timeout: float) -> bool:
        """Wait until nothing more can come."""
        return self.wait_until(lambda: self._ended, timeout)

    def poke(self) -> None:
        """Have everyone who waits in :meth:`wait_until` look at their condition again."""
        with self._changed:
            self._changed.notify_all()
