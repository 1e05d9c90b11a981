"""The images on top of the roots. Their build needs no network: wheels are fetched out here.

pip runs outside, so it uses this machine's own configuration (an index of one's own, a folder);
inside, each wheel is checked against the lock file's hash again.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from deploy.roots import ROOTS, have_root
from grader.errors import PlatformFault
from vm_images.progress import Progress, Report

TOP = Path(__file__).resolve().parent.parent
LOCK = TOP / "requirements" / "runtime.txt"
WHEELS = TOP / "deploy" / "wheels"
IMAGES = ("web", "worker", "db", "redis", "proxy")


def build(report: Report, *, refresh: bool = False, tag: str = "latest") -> None:
    """Make all images: ``ringmark-<name>:<tag>``.

    Raises:
        PlatformFault: a step failed; the message has what it said.
    """
    arguments: list[str] = []
    for root in ROOTS:
        image = have_root(root, report, refresh=refresh)
        arguments += ["--build-arg", f"{root.name}={image}"]
    _wheels(report)
    for name in IMAGES:
        report(Progress(f"image {name}", 0, 0))
        _run(
            ["docker", "build", "--network", "none", "--file", "deploy/Dockerfile", *arguments,
             "--target", name, "--tag", f"ringmark-{name}:{tag}", "."]
        )  # fmt: skip
        report(Progress(f"image {name}", 1, 1))


def _wheels(report: Report) -> None:
    """The lock file's wheels in one folder; nothing is asked when it is complete."""
    stamp = WHEELS / "complete"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    WHEELS.mkdir(exist_ok=True)
    for old in WHEELS.iterdir():
        old.unlink()
    report(Progress("wheels", 0, 0))
    _run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK), "-d", str(WHEELS)]
    )  # fmt: skip
    stamp.write_text(wanted)
    report(Progress("wheels", 1, 1))


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=TOP, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-25:])
        raise PlatformFault(f"{' '.join(command[:3])} failed ({done.returncode}):\n{last}")
