"""How steps, bytes and reasons are put into words, in English and French."""

from __future__ import annotations

import errno as errno_module
from dataclasses import dataclass

#: Bytes of a payload that are shown before it is cut.
SHOWN = 96
#: Possibilities that are shown when a module has a choice.
CHOICES = 3


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    en: str
    fr: str


def show(data: bytes) -> str:
    """Bytes for a person: printable ASCII as it is, the rest as in C, long ones cut."""
    if not data:
        return "nothing"
    text = "".join(_char(byte) for byte in data[:SHOWN])
    cut = f"... ({len(data)} bytes)" if len(data) > SHOWN else ""
    return f"'{text}'{cut}"


def _char(byte: int) -> str:
    named = {10: "\\n", 13: "\\r", 9: "\\t", 0: "\\0", 39: "\\'", 92: "\\\\"}
    if byte in named:
        return named[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"


def choices(contents: tuple[bytes, ...], limit: int | None = None) -> str:
    """What may be due, when a module has a choice."""
    cut = [content if limit is None else content[:limit] for content in contents]
    several = list(dict.fromkeys(show(content) for content in cut))
    if len(several) > CHOICES:
        return f"{' or '.join(several[: CHOICES - 1])} or ... or {several[-1]}"
    return " or ".join(several)


def result(ret: int, error: int) -> str:
    """What a call returned, as strace would put it."""
    if ret >= 0:
        return str(ret)
    return f"-1 {errno_name(error)}"


def errno_name(number: int) -> str:
    """``ENOSPC`` for 28. Numbers that user space should never see keep their kernel name."""
    kernel_only = {
        512: "ERESTARTSYS",
        513: "ERESTARTNOINTR",
        514: "ERESTARTNOHAND",
        524: "ENOTSUPP",
    }
    return errno_module.errorcode.get(number) or kernel_only.get(number) or f"errno {number}"
