"""Is this C? Judged by content only where there can be no doubt."""

from __future__ import annotations

import re

from grader.errors import UnusableInput
from grader.intake.names import show
from grader.intake.values import IntakeLimits, SourceFile
from grader.texts import Text

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_C = (
    (b"\x7fELF", Text("a compiled file", "un fichier compilé")),
    (b"%PDF", Text("a PDF document", "un document PDF")),
    (b"PK\x03\x04", Text("a zip archive", "une archive zip")),
    (b"\x1f\x8b", Text("a gzip archive", "une archive gzip")),
    (b"#!", Text("a script", "un script")),
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
            Text(
                f"{name} is too big: {size(len(data)).en}, at most {size(limits.file).en} for one "
                "source file. Hand in the C source alone.",
                f"{name} est trop gros : {size(len(data)).fr}, au plus {size(limits.file).fr} par "
                "fichier source. Rendez seulement le source C.",
            )
        )
    if not data.strip():
        if file.path.lower().endswith(".h"):
            return
        raise UnusableInput(
            Text(
                f"{name} is empty: save the file in your editor and hand it in again.",
                f"{name} est vide : enregistrez le fichier dans votre éditeur et rendez-le à "
                "nouveau.",
            )
        )
    if data.startswith(_UTF16):
        raise UnusableInput(
            Text(
                f"{name} is saved as UTF-16, which gcc cannot read: save it as UTF-8.",
                f"{name} est enregistré en UTF-16, que gcc ne lit pas : enregistrez-le en UTF-8.",
            )
        )
    for magic, what in _NOT_C:
        if data.startswith(magic):
            raise UnusableInput(
                Text(
                    f"{name} is not C: it is {what.en}. Hand in the C source itself.",
                    f"{name} n'est pas du C : c'est {what.fr}. Rendez le source C lui-même.",
                )
            )
    if b"\0" in data:
        raise UnusableInput(
            Text(
                f"{name} is not C: it has NUL bytes, as compiled files have. "
                "Hand in the C source itself.",
                f"{name} n'est pas du C : il contient des octets nuls, comme un fichier compilé. "
                "Rendez le source C lui-même.",
            )
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


def size(count: int) -> Text:
    if count < 1024:
        return Text(f"{count} bytes", f"{count} octets")
    if count < 1024 * 1024:
        return Text(f"{count / 1024:.0f} KiB", f"{count / 1024:.0f} Kio")
    mega = f"{count / 1024 / 1024:.1f}"
    return Text(f"{mega} MiB", f"{mega.replace('.', ',')} Mio")
