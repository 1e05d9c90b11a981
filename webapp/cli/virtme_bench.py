"""virtme-ng beside our guests: it boots a kernel with the host's own files as its root, for each
check anew. The kernel is that of the checks plus 9p, which virtme-ng needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings

from vm_images.kernel.build import kernel_part
from vm_images.progress import Report

#: The same as ``check_bench.CHECK``, by shell. What comes is looked at here, not there.
SCRIPT = (
    "/usr/sbin/insmod {module} && printf first > /dev/asee_mod "
    "&& printf second > /dev/asee_mod && cat /dev/asee_mod"
)
DUE = "firstsecond"
DEADLINE = 600
VNG = Path(sys.executable).parent / "vng"


def kernel(home: Path, progress: Report) -> Path:
    """The bzImage, built when it is missing (some ten minutes of processor time).

    Raises:
        PlatformFault: no kernel source, or it does not build.
    """
    return home / "parts" / kernel_part(home, None, "virtme", progress).id / "bzImage"


def obstacle() -> str:
    """Why virtme-ng cannot be run here; empty: it can."""
    return "" if VNG.exists() else "virtme-ng is not installed: make bench does"


def measure(image: Path, module: bytes, times: int) -> list[float]:
    """Seconds of a boot with the check in it, to the end of QEMU.

    Raises:
        RuntimeError: it failed; with the end of what it printed.
    """
    # Not in /tmp, where the guest has a file system of its own.
    with tempfile.TemporaryDirectory(prefix="virtme-", dir=settings.VAR) as folder:
        path = Path(folder) / "asee_mod.ko"
        path.write_bytes(module)
        return [_once(image, path) for _ in range(times)]


def _once(image: Path, module: Path) -> float:
    began = time.monotonic()
    done = subprocess.run(
        [str(VNG), "--run", str(image), "--disable-kvm", "--force-9p", "--user", "root",
         "--cpus", "1", "--memory", "512M", "--verbose", "--exec", SCRIPT.format(module=module)],
        # vng starts its own virtme-run by name.
        env={**os.environ, "PATH": f"{VNG.parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    # Without udev its own ports for output are not found: what the script says is on the console.
    if DUE not in done.stdout + done.stderr:
        raise RuntimeError(f"virtme-ng failed: {(done.stderr or done.stdout)[-2000:]}")
    return time.monotonic() - began
