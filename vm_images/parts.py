"""Parts of an image: folders named after the hash of what they were made from.

A part is made in a folder beside its own and renamed when it is complete, under a lock: whatever
interrupts the making, a folder with a part's name is a whole part.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: Where a worker keeps what it has loaded of a part until all of it is there.
DOWNLOADS = "downloads"
KINDS = ("kernel", "base", "toolchain", "agent", "root")


@dataclass(frozen=True)
class Part:
    """A finished part and what its ``part.json`` says."""

    kind: str
    id: str
    folder: Path
    info: dict[str, Any]


def part_id(kind: str, inputs: Mapping[str, str]) -> str:
    """``kernel-0123456789abcdef``: the same for the same inputs, whatever their order."""
    return f"{kind}-{_digest(dict(inputs))[:16]}"


def image_id(flavour: str, cmdline: str, parts: Mapping[str, str]) -> str:
    """Twelve hex digits over everything that a guest is booted from."""
    return _digest({"flavour": flavour, "cmdline": cmdline, "parts": dict(parts)})[:12]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_inputs(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Files (folders among them are passed over) with their digests, as inputs of a part."""
    return {
        f"file {path.relative_to(folder)}": file_digest(path) for path in files if path.is_file()
    }


def ensure(
    home: Path,
    kind: str,
    inputs: Mapping[str, str],
    make: Callable[[Path], dict[str, Any]],
) -> Part:
    """The part for these inputs: found, or made by ``make(folder)``, which returns its facts."""
    name = part_id(kind, inputs)
    folder = home / "parts" / name
    if not (folder / "part.json").exists():
        with locked(home, name):
            if not (folder / "part.json").exists():
                _make(home, kind, name, inputs, make)
    return Part(kind, name, folder, json.loads((folder / "part.json").read_text()))


def _make(
    home: Path,
    kind: str,
    name: str,
    inputs: Mapping[str, str],
    make: Callable[[Path], dict[str, Any]],
) -> None:
    temporary = home / "parts" / f".{name}.partial"
    with open_to_all():
        if temporary.exists():
            shutil.rmtree(temporary)
        temporary.mkdir(parents=True)
        facts = make(temporary)
        info = {"id": name, "kind": kind, "created": now(), **facts, "inputs": dict(inputs)}
        (temporary / "part.json").write_text(json.dumps(info, indent=1, sort_keys=True) + "\n")
        temporary.rename(home / "parts" / name)


@contextmanager
def locked(home: Path, name: str, *, shared: bool = False) -> Iterator[None]:
    """Held by one process at a time (or by many that share it); ends with the process."""
    locks = home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


@contextmanager
def open_to_all() -> Iterator[None]:
    """Files made inside are readable for everybody: QEMU and the sandbox run as other users."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def now() -> str:
    """The time for a manifest."""
    return datetime.now(UTC).isoformat(timespec="seconds")
