"""What intake takes and gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class IntakeLimits:
    """How much a student may hand in. Sizes in bytes.

    A TP solution is one file of some 10 KiB; these leave room for a zipped folder with build
    leftovers in it, and keep what a reader, the compiler and the page have to hold small.
    """

    upload: int = 5 * MIB
    file: int = 1 * MIB
    total: int = 2 * MIB
    files: int = 64
    members: int = 5_000
    unpacked: int = 64 * MIB
    """What an archive may come to when unpacked, ignored members included."""
    path: int = 200
    component: int = 52
    """Longest file or folder name: a module's name has at most 55 characters
    (MODULE_NAME_LEN, linux/moduleparam.h)."""


DEFAULT = IntakeLimits()


@dataclass(frozen=True)
class Upload:
    """One file as it was handed in: the name is what the student's machine called it."""

    name: str
    data: bytes


#: The handout's name for the device; a rubric may have another.
DEVICE = "asee_mod"


@dataclass(frozen=True)
class SourceFile:
    """``path`` is relative, with ``/``, of plain ASCII characters; ``data`` is untouched."""

    path: str
    data: bytes


@dataclass(frozen=True)
class SourceTree:
    """The C files of one hand-in, sorted by path.

    ``sha256`` (hex) covers paths and contents of ``files`` alone, so that the same sources
    give the same digest however they were packed. ``ignored`` names what was not taken, safe
    to show. ``device`` is what the rubric calls the module's device: of several modules the one
    that names it is taken.
    """

    files: tuple[SourceFile, ...]
    sha256: str
    ignored: tuple[str, ...] = ()
    device: str = DEVICE


def digest(files: tuple[SourceFile, ...]) -> str:
    """sha256 (hex) over path, length and data of each file, in the order of their paths."""
    total = hashlib.sha256(b"ringmark source tree 1\n")
    for file in sorted(files, key=lambda one: one.path):
        total.update(f"{file.path}\n{len(file.data)}\n".encode())
        total.update(file.data)
    return total.hexdigest()
