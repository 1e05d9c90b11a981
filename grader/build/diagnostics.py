"""The build's log -> one Diagnostic per message of gcc, as, ld, modpost or objtool.

gcc's JSON format would share standard error with make's and modpost's lines, so the text format
is read (``LC_ALL=C``). A message that gcc places in a kernel header is moved to the student's
line that led there: the use of the macro, else the ``#include``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from grader.build.places import Upload
from grader.report import Diagnostic

Severity = Literal["error", "warning", "note"]

#: Diagnostics kept; a page needs no more, and the log has the rest.
MOST = 200
_MESSAGE_CAP = 500

_GCC = re.compile(
    r"(?P<file>[^\s:][^:]*):(?P<line>\d+)(?::(?P<column>\d+))?: "
    r"(?P<severity>fatal error|error|warning|note): (?P<message>.*)",
    re.IGNORECASE,
)
_OPTION = re.compile(r" \[(?P<option>-[Wf][^\]\s]*)\]\Z")
_INCLUDED = re.compile(
    r"(?:In file included|\s+) ?from (?P<file>[^:]+):(?P<line>\d+)(?::\d+)?[,:]\Z"
)
_DRIVER = re.compile(
    r"(?:cc1|gcc|as|collect2): (?P<severity>internal compiler error|fatal error|error): "
    r"(?P<message>.*)"
)
_TWICE = re.compile(
    r"\S*ld: (?:\S+\.o:)?(?P<file>[^\s:]+):(?P<line>[^\s:]+): "
    r"(?P<message>multiple definition of [`'](?P<name>[^'`]+)').*"
)
_LINKER = re.compile(r"\S*\bld(?:\.bfd)?: (?P<warning>warning: )?(?P<message>.*)")
_MODPOST = re.compile(r"(?P<severity>ERROR|WARNING|FATAL): modpost: (?P<message>.*)")
_UNDEFINED = re.compile(r'"(?P<name>[^"]+)" \[[^\]]*\] undefined!')
_OBJTOOL = re.compile(r"\S+: (?P<severity>warning|error): objtool: (?P<message>.*)")
_COMPILING = re.compile(r"\s+(?:CC|LD|AS|MODPOST)\b")
#: Of gcc: where a macro is, told under the message itself.
_MACRO_NOTE = re.compile(r"in (?:expansion|definition) of macro ")
#: Warnings about what this course does not ask for.
_NOISE = re.compile(r"missing MODULE_DESCRIPTION\(\)")
_SEVERITIES: Mapping[str, Severity] = {"warning": "warning", "note": "note", "info": "note"}

_LIMITS = (
    (
        re.compile(
            r"out of memory allocating|virtual memory exhausted|[Cc]annot allocate memory"
            r"|memory exhausted|Killed signal terminated|\bKilled\b"
        ),
        "the compiler ran out of memory: look for a huge array, or a macro or an #include that "
        "grows without end",
    ),
    (
        re.compile(r"CPU time limit exceeded"),
        "the compiler needed too much time: look for a macro or an #include that grows without end",
    ),
    (
        re.compile(r"File size limit exceeded|No space left on device|File too large"),
        "what is compiled gets too big: look for a huge array that has a first value",
    ),
)


@dataclass
class _Reading:
    """What is known while going through the log from top to bottom."""

    upload: Upload
    found: list[Diagnostic] = field(default_factory=list)
    chain: list[tuple[str, int]] = field(default_factory=list)
    moved: bool = False
    """The last message is in a header, and no note has yet said which macro led there."""

    def add(self, severity: Severity, message: str, **place: object) -> None:
        diagnostic = Diagnostic.model_validate(
            {"severity": severity, "message": message[:_MESSAGE_CAP], **place}
        )
        if diagnostic not in self.found:
            self.found.append(diagnostic)


def diagnose(log: str, upload: Upload) -> tuple[Diagnostic, ...]:
    """Every message of the tools in ``log``, in its order, without repeats.

    ``log`` has the upload's paths as the compiler was given them.
    """
    reading = _Reading(upload)
    for line in log.splitlines():
        if len(reading.found) >= MOST:
            break
        _read_line(reading, line)
    return tuple(reading.found)


def _read_line(reading: _Reading, line: str) -> None:
    for pattern, message in _LIMITS:
        if pattern.search(line) and not reading.upload.is_place(line):
            reading.add("error", message)
            return
    for pattern, read in _READERS:
        match = pattern.match(line)
        if match is not None:
            read(reading, match)
            return


def _gcc(reading: _Reading, match: re.Match[str]) -> None:
    severity = _SEVERITIES.get(match["severity"].lower(), "error")
    message = match["message"]
    file, line = reading.upload.relative(match["file"]), int(match["line"]) or None
    if severity == "note":
        _note(reading, file, line, match)
        return
    option = _OPTION.search(message)
    place: dict[str, object] = {}
    if option is not None:
        message = message[: option.start()]
        place["option"] = option["option"].replace("-Werror=", "-W")
    reading.moved = file is None
    if file is not None:
        place |= {"file": file, "line": line, "column": int(match["column"] or 0) or None}
        reading.chain.clear()
    else:
        if not match["file"].startswith("/work/"):  # as's own intermediate file says nothing
            header = match["file"].removeprefix("./").removeprefix("include/")
            message = f"{message} (in {header}:{match['line']})"
        if reading.chain:
            place |= {"file": reading.chain[0][0], "line": reading.chain[0][1]}
    reading.add(severity, message, **place)


def _note(reading: _Reading, file: str | None, line: int | None, match: re.Match[str]) -> None:
    if file is None:
        return
    place = {"file": file, "line": line, "column": int(match["column"] or 0) or None}
    if not _MACRO_NOTE.match(match["message"]):
        reading.add("note", match["message"], **place)
    elif reading.moved and reading.found:
        reading.found[-1] = reading.found[-1].model_copy(update=place)
        reading.moved = False


def _included(reading: _Reading, match: re.Match[str]) -> None:
    if match.string.startswith("In file"):
        reading.chain.clear()
    file = reading.upload.relative(match["file"])
    if file is not None:
        reading.chain.append((file, int(match["line"])))


def _driver(reading: _Reading, match: re.Match[str]) -> None:
    reading.add("error", match["message"])


def _twice(reading: _Reading, match: re.Match[str]) -> None:
    file = reading.upload.relative(match["file"])
    place: dict[str, object] = {}
    if file is not None and match["line"].isdecimal():
        place = {"file": file, "line": int(match["line"])}
    name = match["name"]
    reading.add(
        "error", f"multiple definition of '{name}': make it static, or define it once", **place
    )


def _linker(reading: _Reading, match: re.Match[str]) -> None:
    if "first defined here" not in match["message"]:
        severity: Severity = "warning" if match["warning"] else "error"
        reading.add(severity, reading.upload.strip(match["message"]))


def _modpost(reading: _Reading, match: re.Match[str]) -> None:
    message = reading.upload.strip(match["message"])
    if _NOISE.search(message):
        return
    severity: Severity = "warning" if match["severity"] == "WARNING" else "error"
    undefined = _UNDEFINED.match(message)
    if undefined is None:
        reading.add(severity, message)
        return
    name = undefined["name"]
    file, line = reading.upload.first_use(name)
    message = f'"{name}" undefined: your files do not define it and the kernel does not export it'
    reading.add(severity, message, file=file, line=line)


def _objtool(reading: _Reading, match: re.Match[str]) -> None:
    severity: Severity = "warning" if match["severity"] == "warning" else "error"
    reading.add(severity, f"objtool: {match['message']}")


def _next_object(reading: _Reading, match: re.Match[str]) -> None:
    reading.chain.clear()
    reading.moved = False


_READERS = (
    (_COMPILING, _next_object),
    (_INCLUDED, _included),
    (_MODPOST, _modpost),
    (_OBJTOOL, _objtool),
    (_TWICE, _twice),
    (_DRIVER, _driver),
    (_LINKER, _linker),
    (_GCC, _gcc),
)
