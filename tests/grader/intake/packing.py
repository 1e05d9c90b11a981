"""Archives for tests, hostile ones included: made by hand where a library would refuse to."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Sequence

MODULE = b"""#include <linux/module.h>
static int __init start(void) { return 0; }
static void __exit stop(void) { }
module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
"""

Members = Sequence[tuple[str, bytes]]


def zip_of(members: Members) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return raw.getvalue()


def zip_with(name: str, *, mode: int = 0o100644, data: bytes = MODULE) -> bytes:
    """One member of a Unix mode of our choice (links, devices)."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, data)
    return raw.getvalue()


def tar_of(members: Members, how: str = "gz") -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode=f"w:{how}") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def tar_with(name: str, kind: bytes, target: str = "") -> bytes:
    """A good module and one member of a tar type of our choice."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        good = tarfile.TarInfo("tp1/asee_mod.c")
        good.size = len(MODULE)
        archive.addfile(good, io.BytesIO(MODULE))
        info = tarfile.TarInfo(name)
        info.type = kind
        info.linkname = target
        archive.addfile(info)
    return raw.getvalue()
