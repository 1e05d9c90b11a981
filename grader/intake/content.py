"""Is this C? Judged by content only where there can be no doubt."""

from __future__ import annotations

import re

from grader.errors import UnusableInput
from grader.intake.names import show
from grader.intake.values import IntakeLimits, SourceFile

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_C = (
    (b"\x7fELF", "a compiled file"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"#!", "a script"),
)

#: One token of C that can hide others: comments and literals. An unfinished one runs to the
#: end of its line (literals) or of the file (comment), as gcc would complain anyway.
_HIDING = re.compile(
    r"""//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?""", re.DOTALL
)
_SPLICE = re.compile(r"\\\r?\n")
_JOIN = "\v"


def refuse_not_c(file: SourceFile, limits: IntakeLimits) -> None:
    """Raises:
    UnusableInput: too big, binary, in UTF-16, or an empty ``.c``.
    """
    name, data = show(file.path), file.data
    if len(data) > limits.file:
        raise UnusableInput(
            f"{name} is too big: {size(len(data))}, at most {size(limits.file)} for one source "
            "file. Hand in the C source alone."
        )
    if not data.strip():
        if file.path.lower().endswith(".h"):
            return
        raise UnusableInput(f"{name} is empty: save the file in your editor and hand it in again.")
    if data.startswith(_UTF16):
        raise UnusableInput(f"{name} is saved as UTF-16, which gcc cannot read: save it as UTF-8.")
    for magic, what in _NOT_C:
        if data.startswith(magic):
            raise UnusableInput(f"{name} is not C: it is {what}. Hand in the C source itself.")
    if b"\0" in data:
        raise UnusableInput(
            f"{name} is not C: it has NUL bytes, as compiled files have. "
            "Hand in the C source itself."
        )


def code_of(data: bytes, *, literals: bool = False) -> str:
    """The text without comments, and without literals unless ``literals`` asks for them.

    Bytes are read as Latin-1: every byte is a character, and C's own are ASCII. Lines keep
    their numbers.
    """

    def blank(match: re.Match[str]) -> str:
        token = match.group()
        lines = "\n" * (token.count("\n") + token.count(_JOIN))
        if token.startswith("/"):
            return f" {lines}"
        return token if literals else f"{token[0] * 2}{lines}"

    # A spliced line is one line to the compiler, so it must not end a token here.
    joined = _SPLICE.sub(_JOIN, data.decode("latin-1"))
    return _HIDING.sub(blank, joined).replace(_JOIN, "\n")


def size(count: int) -> str:
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.0f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"
