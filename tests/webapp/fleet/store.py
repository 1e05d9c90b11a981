"""A made-up store of images as the builder leaves it: small, with all that a root can hold."""

from __future__ import annotations

import json
import os
from pathlib import Path

from vm_images.build import link_image, tree_digest
from vm_images.parts import ensure, file_digest, image_id

KERNEL_BYTES = 3_000_000


def _kernel(folder: Path) -> dict[str, object]:
    (folder / "bzImage").write_bytes(os.urandom(KERNEL_BYTES))
    devel = folder / "devel"
    (devel / "scripts").mkdir(parents=True)
    (devel / "Makefile").write_text("all:\n")
    (devel / "scripts" / "modpost").write_text("#!/bin/sh\n")
    (devel / "scripts" / "modpost").chmod(0o755)
    return {}


def _toolchain(folder: Path) -> dict[str, object]:
    root = folder / "root"
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "gcc-12").write_text("compiler")
    (root / "usr" / "bin" / "gcc").symlink_to("gcc-12")
    (root / "usr" / "bin" / "su").write_text("a program of root's")
    (root / "usr" / "bin" / "su").chmod(0o4755)
    (root / "etc").mkdir()
    (root / "etc" / "alternatives").symlink_to("/usr/bin")  # absolute, as Debian has many
    (root / "etc" / "été").write_text("a name that is no ASCII")
    (root / "bin").symlink_to("usr/bin")
    (root / "dev").mkdir()
    os.mkfifo(root / "dev" / "initctl")  # whatever is neither file, folder nor link
    (root / "var").mkdir()
    (root / "var").chmod(0o555)
    return {}


def _file(name: str, content: bytes):  # type: ignore[no-untyped-def]
    def make(folder: Path) -> dict[str, object]:
        (folder / name).write_bytes(content)
        return {}

    return make


def make_store(home: Path, version: str = "1") -> None:
    """Both images in use; another version has another kernel for each."""
    shared = {
        "toolchain": ensure(home, "toolchain", {"packages": "gcc"}, _toolchain),
        "base": ensure(home, "base", {"packages": "bash"}, _file("base.tar", b"not sent")),
        "agent": ensure(home, "agent", {"source": "a"}, _file("agent", b"\x7fELF agent")),
        "root": ensure(home, "root", {"source": "r"}, _file("root.erofs", b"r" * 200_000)),
    }
    for flavour, link in (("sanitizers", "default"), ("race", "race")):
        inputs = {"flavour": flavour, "version": version}
        parts = shared | {"kernel": ensure(home, "kernel", inputs, _kernel)}
        names = {kind: part.id for kind, part in parts.items()}
        image = image_id(flavour, "quiet", names)
        files = [parts["kernel"].folder / "bzImage", parts["root"].folder / "root.erofs"]
        trees = [parts["kernel"].folder / "devel", parts["toolchain"].folder / "root"]
        manifest = {
            "schema": "ringmark.image/1",
            "id": image,
            "flavour": flavour,
            "created": f"2025-01-0{version}",
            "kernel": {"release": f"6.12.{version}"},
            "cmdline": "quiet",
            "parts": names,
            "files": {
                str(path.relative_to(home)): {
                    "sha256": file_digest(path),
                    "size": path.stat().st_size,
                }
                for path in files
            },
            "trees": {str(path.relative_to(home)): tree_digest(path) for path in trees},
        }
        folder = home / "images" / image
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        link_image(home, link, image)
