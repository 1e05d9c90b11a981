"""Steps as shell commands that a student can type, after the handout's ways: echo, cat, insmod.

What a shell cannot do (an invalid pointer, a read of 0 bytes) has no command.
"""

from __future__ import annotations

import shlex

#: Characters that ``echo`` and ``printf`` take as they are, in quotes and wherever they stand.
_PLAIN = frozenset(range(32, 127)) - set(b"\\%'-")


def put(data: bytes, path: str) -> str:
    """Write ``data`` in one write()."""
    text, newline = data.removesuffix(b"\n"), data.endswith(b"\n")
    if newline and text and all(byte in _PLAIN for byte in text):
        return f"echo {shlex.quote(text.decode())} > {shlex.quote(path)}"
    return f"printf '{''.join(_escaped(byte) for byte in data)}' > {shlex.quote(path)}"


def take(count: int, path: str) -> str:
    """One read() of ``count`` bytes."""
    return f"dd if={shlex.quote(path)} bs={count} count=1 status=none"


def show(path: str) -> str:
    return f"cat {shlex.quote(path)}"


def _escaped(byte: int) -> str:
    return chr(byte) if byte in _PLAIN else f"\\{byte:03o}"
