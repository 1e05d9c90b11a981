"""Composes an image from its parts. Read this first.

kernel + Debian packages + toolchain + agent -> root disk -> manifest. Each part is made only if
none was made from the same inputs before, so a second run is a matter of a second.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from grader.errors import PlatformFault
from grader.image import Image, load_image
from vm_images.kernel.build import kernel_part
from vm_images.parts import Part, file_digest, image_id, locked, now, open_to_all
from vm_images.progress import Progress, Report
from vm_images.rootfs.assemble import agent_part, root_part
from vm_images.rootfs.debian import base_part, compiler_of, toolchain_part

SCHEMA = "ringmark.image/1"
# Under which name in images/ the newest of a flavour is found. Built in this order.
LINKS = {"sanitizers": "default", "race": "race"}
AGENT_SOURCE = Path(__file__).parent / "agent"
# The kernel's parameters, and why:
CMDLINE = (
    "root=/dev/vda ro rootfstype=erofs init=/usr/sbin/ringmark-init",
    # Warnings only while booting: each character is an exit from translated code. The agent raises
    # the level before the template is saved.
    "console=ttyS0 loglevel=4",
    # Without a network manager that knows other names.
    "net.ifnames=0",
    # On a loaded host TCG's TSC ran two to three times too fast against the wall clock; HPET was
    # right. HLT, not MWAIT: QEMU's MWAIT spins when there are two processors.
    "tsc=unstable clocksource=hpet idle=halt",
    # The kernel counts ticks in a delay loop to see whether its timer works; on a loaded host it
    # sees none and panics ("IO-APIC + timer doesn't work!").
    "no_timer_check",
    # rmmod waits for grace periods: 0.25 s, expedited 0.09 s.
    "rcupdate.rcu_expedited=1",
    # An oops is the student's finding and the rest of a check goes on. A panic stays on the screen.
    # An NMI (QMP inject-nmi) makes a guest that answers no more print its stack.
    "panic=0 unknown_nmi_panic=1",
    # All of what the agent writes into the kernel's log, not ten lines in five seconds.
    "printk.devkmsg=on",
    "kmemleak=on",
    "systemd.show_status=no systemd.log_level=warning systemd.mask=tmp.mount",
)
_FILES = (
    ("kernel", "bzImage"),
    ("kernel", "Module.symvers"),
    ("kernel", "config"),
    ("root", "root.erofs"),
    ("agent", "agent"),
)
_TREES = (("kernel", "devel"), ("toolchain", "root"))


def build_images(
    home: Path, *, kernel_source: Path | None, progress: Report, agent_source: Path = AGENT_SOURCE
) -> list[Image]:
    """An image of each flavour. They share everything but the kernel.

    Raises:
        PlatformFault: a step failed; the message says which and what to do.
    """
    return [
        build_image(
            home,
            kernel_source=kernel_source,
            progress=progress,
            flavour=flavour,
            agent_source=agent_source,
        )
        for flavour in LINKS
    ]


def build_image(
    home: Path,
    *,
    kernel_source: Path | None,
    progress: Report,
    flavour: str = "sanitizers",
    agent_source: Path = AGENT_SOURCE,
) -> Image:
    """Build what is missing, write the manifest and make the image its flavour's newest.

    Raises:
        PlatformFault: a step failed; the message says which and what to do.
    """
    with open_to_all():
        home.mkdir(parents=True, exist_ok=True)
    with locked(home, "store", shared=True):  # prune waits for us, other builds need not
        return _build(home, kernel_source, progress, flavour, agent_source)


def _build(
    home: Path, kernel_source: Path | None, progress: Report, flavour: str, agent_source: Path
) -> Image:
    parts = {
        "toolchain": toolchain_part(home, progress),
        "base": base_part(home, progress),
        "agent": agent_part(home, agent_source, progress),
        "kernel": kernel_part(home, kernel_source, flavour, progress),
    }
    _same_compiler(parts["kernel"], parts["toolchain"])
    parts["root"] = root_part(home, parts["base"], parts["agent"], progress)
    cmdline = " ".join(CMDLINE)
    name = image_id(flavour, cmdline, {kind: part.id for kind, part in parts.items()})
    with locked(home, "images"):
        folder = home / "images" / name
        if not (folder / "manifest.json").exists():
            progress(Progress("manifest", 0, 1))
            _write(folder, _manifest(home, name, flavour, cmdline, parts))
        link_image(home, LINKS[flavour], name)
    progress(Progress("image", 1, 1, name))
    return load_image(home, name)


def list_images(home: Path) -> list[Image]:
    """All built images, the oldest first."""
    names = [
        path.parent.name
        for path in (home / "images").glob("*/manifest.json")
        if not path.parent.is_symlink()
    ]
    return sorted(
        (load_image(home, name) for name in names),
        key=lambda image: (str(image.manifest["created"]), image.id),
    )


def linked(home: Path) -> dict[str, str]:
    """The links that exist, each with its image's id."""
    return {
        link: (home / "images" / link).resolve().name
        for link in LINKS.values()
        if (home / "images" / link).exists()
    }


def tree_digest(folder: Path) -> str:
    """One digest over a folder's files, links and modes."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            entry = f"{name} -> {path.readlink()}"
        elif path.is_file():
            entry = f"{name} {path.stat().st_mode:o} {file_digest(path)}"
        else:
            entry = f"{name}/"
        total.update(entry.encode(errors="surrogateescape") + b"\0")
    return total.hexdigest()


def _same_compiler(kernel: Part, toolchain: Part) -> None:
    """A module compiled by another gcc than its kernel's is refused, or worse, is not."""
    inside = compiler_of(toolchain)
    if inside != kernel.info["compiler"]:
        raise PlatformFault(
            f"the kernel was built with '{kernel.info['compiler']}', but the toolchain for modules"
            f" has '{inside}': bring this machine up to date (apt-get upgrade) and build again"
        )


def _manifest(
    home: Path, name: str, flavour: str, cmdline: str, parts: dict[str, Part]
) -> dict[str, Any]:
    kernel = parts["kernel"].info
    files = [parts[kind].folder / file for kind, file in _FILES]
    trees = [parts[kind].folder / tree for kind, tree in _TREES]
    return {
        "schema": SCHEMA,
        "id": name,
        "flavour": flavour,
        "created": now(),
        "kernel": {
            "release": kernel["release"],
            "source": kernel["source"],
            "config_hash": kernel["config_hash"],
            "compiler": kernel["compiler"],
        },
        "parts": {kind: part.id for kind, part in parts.items()},
        "files": {
            str(path.relative_to(home)): {"sha256": file_digest(path), "size": path.stat().st_size}
            for path in files
        },
        "trees": {str(path.relative_to(home)): tree_digest(path) for path in trees},
        "debian": parts["base"].info["packages"],
        "cmdline": cmdline,
    }


def _write(folder: Path, manifest: dict[str, Any]) -> None:
    with open_to_all():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / ".manifest.json"
        temporary.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
        temporary.rename(folder / "manifest.json")


def link_image(home: Path, link: str, name: str) -> None:
    """Point ``default`` or ``race`` at an image; the link is replaced in one step."""
    temporary = home / "images" / f".{link}.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(name)
    temporary.replace(home / "images" / link)
