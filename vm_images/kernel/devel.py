"""The part of a kernel tree that external modules are compiled against, as in linux-headers."""

from __future__ import annotations

import shutil
from pathlib import Path

# Folders taken whole. dt-bindings describe other machines; scripts/kconfig and dtc are for
# configuring and building a kernel.
_FOLDERS = ("include", "arch/x86/include", "scripts")
_FILES = (
    "Makefile",
    "Kbuild",
    "Kconfig",
    ".config",
    "Module.symvers",
    "arch/x86/Makefile",
    "arch/x86/Kbuild",
    "tools/objtool/objtool",
)
_LEAVE_OUT = shutil.ignore_patterns(
    "*.o", "*.a", ".*.cmd", ".*.d", "dt-bindings", "dtc", "kconfig", "gdb", "package", "selinux",
    "ksymoops", "tracing", "*.orig",
)  # fmt: skip


def copy_devel(tree: Path, target: Path) -> None:
    """Copy from a built tree what ``make -C target M=... modules`` reads."""
    for name in _FOLDERS:
        shutil.copytree(tree / name, target / name, ignore=_LEAVE_OUT, symlinks=True)
    for name in _FILES:
        if (tree / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree / name, target / name)
    for pattern in ("arch/x86/Makefile*", "arch/x86/entry/syscalls/*"):
        for path in tree.glob(pattern):
            (target / path.relative_to(tree)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / path.relative_to(tree))
