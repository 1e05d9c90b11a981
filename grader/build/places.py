"""Names of the upload's files as the tools in the sandbox print them, and back."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.intake.content import code_of
from grader.intake.values import SourceFile

#: Where the upload lies in the sandbox. Below the job's folder, so that nothing the tools write
#: beside it can clash with a student's file.
FOLDER = "src"
ROOT = f"/work/{FOLDER}"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Upload:
    """The files of an upload and where they were compiled."""

    files: Sequence[SourceFile]

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(file.path for file in self.files)

    def relative(self, printed: str) -> str | None:
        """The upload's own name of a file, or None for any other file."""
        path = posixpath.normpath(printed)
        if not path.startswith(f"{ROOT}/"):
            return None
        inside = path[len(ROOT) + 1 :]
        return inside if inside in self.paths else None

    def strip(self, text: str) -> str:
        """``text`` with the upload's files under their own names."""
        return text.replace(f"{ROOT}/", "")

    def is_place(self, line: str) -> bool:
        """Whether a log line begins with a file of the upload."""
        return line.startswith(f"{ROOT}/")

    def first_use(self, name: str) -> tuple[str | None, int | None]:
        """File and line of the first time an identifier is used outside comments and literals."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        for file in self.files:
            code = code_of(file.data)
            match = word.search(code)
            if match is not None:
                return file.path, code.count("\n", 0, match.start()) + 1
        return None, None


def decode(log: bytes) -> str:
    """The one place where the tools' output becomes text: UTF-8, no control characters."""
    text = log.decode("utf-8", "replace").replace("\r\n", "\n")
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
