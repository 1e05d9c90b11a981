"""Debian roots for the images, made from the machine's own apt sources: no registry is asked.

A root's tag is a hash of what it is made from, so it is made once. Security updates of Debian do
not change the tag: ``python -m deploy --refresh`` makes the roots anew.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.errors import PlatformFault
from vm_images.progress import Counting, Report, run_counted
from vm_images.rootfs.apt import SUITE, machine_sources

HERE = Path(__file__).parent
RECIPE = "1"
_LEAVE_OUT = ("doc", "man", "info", "locale", "lintian", "bug")
# Copied in by mmdebstrap: this machine's name servers, name and archive.
_OF_THIS_MACHINE = ("resolv.conf", "hostname", "apt/sources.list")
_STEP_LINE = re.compile(r"^(Get:|Unpacking |Setting up )")


@dataclass(frozen=True)
class Root:
    """One root: lists of packages, and the user that its service runs as (name and id)."""

    name: str
    lists: tuple[str, ...]
    user: tuple[str, int]
    usual_lines: int

    def packages(self) -> list[str]:
        """The names in the lists, comments left out."""
        lines = [
            line.split("#", 1)[0].strip()
            for name in self.lists
            for line in (HERE / "packages" / f"{name}.txt").read_text().splitlines()
        ]
        return sorted({line for line in lines if line})

    @property
    def image(self) -> str:
        """``ringmark-root-<name>:<hash of what goes in>``."""
        inputs = [RECIPE, SUITE, *self.packages(), *map(str, self.user)]
        return f"ringmark-root-{self.name}:{hashlib.sha256(repr(inputs).encode()).hexdigest()[:12]}"


# The ids are fixed: volumes keep them when a root is made anew.
ROOTS = (
    Root("app", ("app",), ("ringmark", 990), 300),
    Root("worker", ("app", "worker"), ("ringmark", 990), 620),
    Root("db", ("db",), ("postgres", 991), 360),
    Root("redis", ("redis",), ("redis", 992), 270),
    Root("proxy", ("proxy",), ("www-data", 33), 270),
)


def have_root(root: Root, report: Report, *, refresh: bool = False) -> str:
    """Make and import the root if the engine has none; return its image.

    Raises:
        PlatformFault: mmdebstrap is missing or failed, or the engine did not take it.
    """
    if not refresh and _has(root.image):
        return root.image
    if shutil.which("mmdebstrap") is None:
        raise PlatformFault("the images are made with mmdebstrap: install that package")
    with tempfile.TemporaryDirectory(prefix="ringmark-root-") as folder:
        tar = Path(folder) / "root.tar"
        _bootstrap(root, tar, report)
        imported = subprocess.run(
            ["docker", "import", "--change", "ENV LC_ALL=C.UTF-8", str(tar), root.image],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if imported.returncode:
        raise PlatformFault(f"the Docker engine did not take a root: {imported.stderr.strip()}")
    return root.image


def _has(image: str) -> bool:
    asked = ["docker", "image", "inspect", image]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _bootstrap(root: Root, tar: Path, report: Report) -> None:
    name, uid = root.user
    user = f"{name}:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin"
    # Before the packages come: they take the ids that they find. www-data is always there.
    add = f'grep -q "^{name}:" "$1/etc/passwd" || {{ echo {shlex.quote(user)} >> "$1/etc/passwd"'
    add += f' && echo "{name}:x:{uid}:" >> "$1/etc/group"; }}'
    run_counted(
        [
            "mmdebstrap",
            "--verbose",
            "--variant=essential",
            f"--include={','.join(root.packages())}",
            *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEAVE_OUT),
            f"--essential-hook={add}",
            # No cluster at installation: the database's first start makes it, in its volume.
            '--essential-hook=mkdir -p "$1/etc/postgresql-common" &&'
            ' echo create_main_cluster=false > "$1/etc/postgresql-common/createcluster.conf"',
            f'--customize-hook=cd "$1/etc" && rm -f {" ".join(_OF_THIS_MACHINE)}',
            SUITE,
            str(tar),
            *(source.line() for source in machine_sources()),
        ],
        Counting(f"root {root.name}", root.usual_lines, lambda line: bool(_STEP_LINE.match(line))),
        report,
        log=tar.with_suffix(".log"),
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
