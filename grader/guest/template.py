"""A template: a booted guest saved from RAM, from which every check gets its own restore.

On disk it is a folder ``templates/<key>/`` with ``ram`` (sparse), ``state`` (QEMU's device state)
and ``template.json``; in a process it is two sealed anonymous files. QEMU only ever writes to
anonymous files of ours, so nothing in a jail can reach what is on the disk.

The way of saving is QEMU's own for template machines: ``x-ignore-shared`` leaves the RAM in the
shared file and migrates the devices alone (QEMU docs/system/vm-templating.rst).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import PlatformFault
from grader.guest.machine import Machine, fingerprint
from grader.guest.memory import Memory, copy_sparse, digest, load_sealed
from grader.guest.process import QemuProcess

#: Raised when what is saved, or how, changes: older templates are then left aside.
FORMAT = 4
#: Seconds for the device state (about 1 MB) to be written, or read.
MIGRATION_DEADLINE = 120.0
#: Without RAM in the stream, and with an event for each change of its status.
MIGRATION_CAPABILITIES = {
    "capabilities": [
        {"capability": "x-ignore-shared", "state": True},
        {"capability": "events", "state": True},
    ]
}


@dataclass(frozen=True)
class Template:
    """A saved guest in this process's memory. A context manager: owns both anonymous files."""

    machine: Machine
    ram: Memory
    state: Memory
    facts: Mapping[str, Any]

    def __enter__(self) -> Template:
        return self

    def __exit__(self, *exc: object) -> None:
        self.ram.close()
        self.state.close()


def template_key(machine: Machine, image_id: str, qemu_version: str) -> str:
    """The folder's name: any change of image, QEMU, accelerator or command line gives another."""
    return fingerprint(machine, image_id, qemu_version, str(FORMAT))[:24]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from making the same template.

    Waits without a deadline of its own: the holder's boot has one, and a dead holder's lock is
    released by the kernel.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            # Not by closing alone: a process forked meanwhile has the same lock open.
            fcntl.flock(file, fcntl.LOCK_UN)


def freeze(process: QemuProcess, state: Memory) -> None:
    """Stop a guest and write its device state to ``state``; its RAM file is then at rest.

    Raises:
        PlatformFault: QEMU could not, or ended meanwhile.
    """
    process.execute("stop")
    process.execute("migrate-set-capabilities", MIGRATION_CAPABILITIES)
    process.give_descriptor("state", state.fd)
    before = process.events_so_far()  # of its own restore, if it was restored
    process.execute("migrate", {"uri": "fd:state"})
    wait_migrated(process, before)


def wait_migrated(process: QemuProcess, since: int = 0) -> None:
    """Wait for the end of a migration in either direction.

    Raises:
        PlatformFault: it failed, or did not end in time.
    """

    def over(event: dict[str, Any]) -> bool:
        ends = {"completed", "failed", "cancelled"}
        return event["event"] == "MIGRATION" and event["data"]["status"] in ends

    event = process.wait_event("the end of the migration", over, MIGRATION_DEADLINE, since)
    if event["data"]["status"] != "completed":
        told = process.execute("query-migrate")
        raise PlatformFault(f"QEMU could not save or restore a guest's devices: {told}")


def store(folder: Path, ram: Memory, state: Memory, facts: Mapping[str, Any]) -> None:
    """Write a template's folder. It appears whole under its name or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as undo:
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        undo.callback(shutil.rmtree, made, ignore_errors=True)
        parts = {}
        for name, memory in (("ram", ram), ("state", state)):
            with (made / name).open("wb") as file:
                copied = copy_sparse(memory.fd, file.fileno())
                os.fsync(file.fileno())
            parts[name] = {"size": memory.size, "data": copied, "sha256": digest(memory.fd)}
        text = json.dumps({**facts, "format": FORMAT, "parts": parts}, indent=1)
        (made / "template.json").write_text(text)
        if folder.exists():  # what was there did not load
            shutil.rmtree(folder)
        made.rename(folder)


def load(folder: Path, machine: Machine) -> Template | None:
    """Read a template into sealed memory; ``None`` when it is not there or not whole.

    The digest is of what was read into memory, so a file cut short or altered on the disk is
    found here and not in a guest that behaves oddly.
    """
    try:
        facts = json.loads((folder / "template.json").read_text())
        parts = facts["parts"]
        with ExitStack() as undo:
            memories = {}
            for name in ("state", "ram"):
                if (folder / name).stat().st_size != parts[name]["size"]:
                    return None
                memories[name] = load_sealed(folder / name, f"ringmark-{name}")
                undo.callback(memories[name].close)
                if digest(memories[name].fd) != parts[name]["sha256"]:
                    return None
            undo.pop_all()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Template(machine, memories["ram"], memories["state"], facts)
