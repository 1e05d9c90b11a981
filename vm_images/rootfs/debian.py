"""The two Debian roots: what the guest boots (a tar file) and what compiles modules (a folder)."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import PlatformFault
from vm_images.parts import Part, ensure
from vm_images.progress import Counting, Report, run_counted
from vm_images.rootfs.apt import SUITE, machine_sources

RECIPE = "1"
GUEST_PACKAGES = (
    "bash", "iproute2", "kmod", "login", "openssh-server", "passwd", "procps", "sudo",
    "systemd", "systemd-sysv", "udev",
)  # fmt: skip
# What kbuild, modpost and objtool of the devel tree run, and sparse for `make C=2`.
TOOLCHAIN_PACKAGES = ("binutils", "gcc", "kmod", "libelf1", "make", "sparse", "tar", "zlib1g")
# dpkg unpacks neither manuals nor translations: nobody reads them there.
_LEAVE_OUT = ("doc", "man", "info", "locale", "lintian", "bug")
# Copied in by mmdebstrap: this machine's name servers, name and archive.
_OF_THIS_MACHINE = ("resolv.conf", "hostname", "apt/sources.list")
_STEP_LINE = re.compile(r"^(Get:|Unpacking |Setting up )")


@dataclass(frozen=True)
class _Root:
    kind: str
    packages: Sequence[str]
    target: str
    usual_lines: int


_BASE = _Root("base", GUEST_PACKAGES, "base.tar", 420)
_TOOLCHAIN = _Root("toolchain", TOOLCHAIN_PACKAGES, "root", 330)


def base_part(home: Path, report: Report) -> Part:
    """The guest's packages, as mmdebstrap leaves them."""
    return _part(home, _BASE, report)


def toolchain_part(home: Path, report: Report) -> Part:
    """A root folder with the compiler for the sandbox."""
    return _part(home, _TOOLCHAIN, report)


def _part(home: Path, root: _Root, report: Report) -> Part:
    inputs = {"recipe": RECIPE, "suite": SUITE, "packages": " ".join(root.packages)}

    def make(folder: Path) -> dict[str, Any]:
        _bootstrap(root, folder, folder / "mmdebstrap.log", report)
        versions = _versions(folder / "packages")
        for name in ("packages", "mmdebstrap.log"):
            (folder / name).unlink()
        return {"packages": versions}

    return ensure(home, root.kind, inputs, make)


def _bootstrap(root: _Root, folder: Path, log: Path, report: Report) -> None:
    if shutil.which("mmdebstrap") is None:
        raise PlatformFault("the guest is made with mmdebstrap: install that package")
    if os.geteuid() != 0:
        raise PlatformFault("making the guest's root needs root (owners and modes of its files)")
    leave_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEAVE_OUT]
    run_counted(
        [
            "mmdebstrap",
            "--verbose",
            "--variant=essential",
            f"--include={','.join(root.packages)}",
            *leave_out,
            f'--customize-hook=chroot "$1" dpkg-query -W > {shlex.quote(str(folder / "packages"))}',
            f'--customize-hook=cd "$1/etc" && rm -f {" ".join(_OF_THIS_MACHINE)}',
            SUITE,
            folder / root.target,
            *(source.line() for source in machine_sources()),
        ],
        Counting(root.kind, root.usual_lines, lambda line: _STEP_LINE.match(line) is not None),
        report,
        log=log,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )


def _versions(listing: Path) -> dict[str, str]:
    lines = listing.read_text().splitlines()
    return dict(sorted(line.split("\t", 1) for line in lines if "\t" in line))


def compiler_of(toolchain: Part) -> str:
    """The first line of ``gcc --version`` inside the toolchain."""
    asked = subprocess.run(
        ["chroot", toolchain.folder / "root", "gcc", "--version"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return asked.stdout.splitlines()[0]
