"""How steps, bytes and reasons are put into words, in English and French."""

from __future__ import annotations

import errno as errno_module
from collections.abc import Iterable

from grader.texts import Text as Text  # noqa: PLC0414 - from here, for the checks
from grader.texts import listed, same

#: Bytes of a payload that are shown before it is cut.
SHOWN = 96
#: Possibilities that are shown when a module has a choice.
CHOICES = 3


NOTHING = Text("nothing", "rien")


def show(data: bytes) -> Text:
    """Bytes for a person: printable ASCII as it is, the rest as in C, long ones cut."""
    if not data:
        return NOTHING
    text = f"'{''.join(_char(byte) for byte in data[:SHOWN])}'"
    if len(data) <= SHOWN:
        return same(text)
    return Text(f"{text}... ({len(data)} bytes)", f"{text}... ({len(data)} octets)")


def echo(data: bytes, path: str) -> Text:
    """The shell's command that writes ``data`` and a newline."""
    shown = show(data)
    return Text(f"echo {shown.en} > {path}", f"echo {shown.fr} > {path}")


def _char(byte: int) -> str:
    named = {10: "\\n", 13: "\\r", 9: "\\t", 0: "\\0", 39: "\\'", 92: "\\\\"}
    if byte in named:
        return named[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"


def choices(contents: tuple[bytes, ...], limit: int | None = None) -> Text:
    """What may be due, when a module has a choice."""
    cut = [content if limit is None else content[:limit] for content in contents]
    several = list(dict.fromkeys(show(content) for content in cut))
    if len(several) > CHOICES:
        several = [*several[: CHOICES - 1], same("..."), several[-1]]
    return either(several)


def either(several: Iterable[Text | str]) -> Text:
    return listed((same(e) if isinstance(e, str) else e for e in several), " or ", " ou ")


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
