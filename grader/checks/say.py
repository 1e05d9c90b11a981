"""How steps, bytes and reasons are put into words, in English and French."""

from __future__ import annotations

import errno as errno_module
from collections.abc import Iterable

from grader.guest.channel import Observation
from grader.guest.death import Death, DeathKind
from grader.texts import Text as Text  # noqa: PLC0414 - from here, for the checks
from grader.texts import listed, same

#: Bytes of a payload that are shown before it is cut.
SHOWN = 96
#: Possibilities that are shown when a module has a choice.
CHOICES = 3

NO_WORDS = same("")
NOTHING = Text("nothing", "rien")

_SILENT = Text("nothing in it answers any more", "plus rien n'y répond")
_ENDS: dict[DeathKind, Text] = {
    "panic": Text("its kernel panicked", "son noyau a paniqué"),
    "reset": Text("it restarted", "elle a redémarré"),
    "shutdown": Text("it was switched off", "elle s'est éteinte"),
    "triple-fault": Text(
        "a triple fault (an exception that could not even be handled as one)",
        "une triple faute (une exception qui n'a même pas pu être traitée)",
    ),
}
#: What the kernel's panic says when it was we who asked where it is stuck.
_ASKED = "NMI: Not continuing"


def end_of_guest(death: Death | None) -> Text:
    """How a guest went down; for None it is there and says nothing."""
    if death is None or _ASKED in death.detail:
        return _SILENT
    return _ENDS.get(death.kind, _SILENT)


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


def sized(count: int) -> Text:
    return Text(
        f"{count} byte{'' if count == 1 else 's'}", f"{count} octet{'' if count <= 1 else 's'}"
    )


def number_shown(seen: Observation) -> Text:
    """What ``cat`` of an attribute gave: what it shows, or how it failed."""
    return show(seen.data.strip()) if seen.ret >= 0 else same(result(seen.ret, seen.errno))


def not_as_due(path: str, seen: Observation, due: Text | str, when: Text = NO_WORDS) -> Text:
    """That ``cat`` of an attribute did not give ``due``. ``when``: after what, for the middle of a
    sentence.
    """
    due = same(due) if isinstance(due, str) else due
    if seen.ret >= 0:
        told = number_shown(seen)
        return Text(
            f"{path} shows {told.en}{when.en} where {due.en} was due",
            f"{path} affiche {told.fr}{when.fr} au lieu de {due.fr}",
        )
    name = errno_name(seen.errno)
    if seen.errno == errno_module.ENOENT:
        return Text(
            f"{path} is not there{when.en} ({name}): it should show {due.en}",
            f"{path} n'existe pas{when.fr} ({name}) : il devrait afficher {due.fr}",
        )
    return Text(
        f"reading {path} failed with {name}{when.en}: it should show {due.en}",
        f"la lecture de {path} a échoué avec {name}{when.fr} : il devrait afficher {due.fr}",
    )


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
