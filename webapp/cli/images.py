"""Run the image builder, by sudo for somebody who is not root."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings

from grader.image import ringmark_home
from vm_images.__main__ import main

#: These make or remove files of root's: a guest's root disk has owners and devices.
AS_ROOT = ("build", "pack", "prune")


def run_images(arguments: Sequence[str]) -> int:
    """As ``python -m vm_images``; returns its exit code."""
    if os.getuid() == 0 or arguments[0] not in AS_ROOT:
        return main(list(arguments))
    home = ringmark_home()
    # Root makes the parts and images in here; templates and probes stay the user's.
    for folder in ("templates", "probes"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    command = ["sudo", f"KERNEL_SOURCE={os.environ.get('KERNEL_SOURCE', '')}"]
    command += [sys.executable, "-m", "vm_images", "--home", str(home), *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode
