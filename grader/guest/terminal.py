"""Bridge this process's terminal to a shell behind SSH."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import paramiko

READ_BYTES = 32 * 1024


@contextmanager
def _raw(fd: int) -> Iterator[None]:
    """Pass every key on as it is typed; the terminal is restored on leaving."""
    if not os.isatty(fd):
        yield
        return
    before = termios.tcgetattr(fd)
    try:
        tty.setraw(fd)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextmanager
def _following_size(session: paramiko.Channel, fd: int) -> Iterator[None]:
    """Tell the far side when the terminal's size changes."""
    if not os.isatty(fd):
        yield
        return

    def resize(number: int, frame: FrameType | None) -> None:
        columns, lines = shutil.get_terminal_size()
        session.resize_pty(columns, lines)

    before = signal.signal(signal.SIGWINCH, resize)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def bridge(session: paramiko.Channel, keyboard: int, screen: int) -> None:
    """Copy bytes both ways until the shell ends or the keyboard does.

    ``keyboard`` and ``screen`` are file descriptors, a terminal's or a pipe's.
    """
    session.setblocking(0)
    sources = [session.fileno(), keyboard]
    with _raw(keyboard), _following_size(session, keyboard):
        while True:
            ready, _, _ = select.select(sources, [], [])
            if session.fileno() in ready:
                with contextlib.suppress(TimeoutError):
                    data = session.recv(READ_BYTES)
                    if not data:
                        return
                    _write(screen, data)
            if keyboard in ready:
                typed = os.read(keyboard, READ_BYTES)
                if not typed:
                    session.shutdown_write()
                    sources.remove(keyboard)
                else:
                    session.setblocking(1)
                    session.sendall(typed)
                    session.setblocking(0)


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def interactive_shell(client: paramiko.SSHClient) -> None:
    """A login shell on this process's standard input and output."""
    columns, lines = shutil.get_terminal_size()
    terminal = os.environ.get("TERM", "dumb")
    session = client.invoke_shell(terminal, columns, lines)
    try:
        bridge(session, sys.stdin.fileno(), sys.stdout.fileno())
    finally:
        session.close()
