"""Which QEMU is installed."""

from __future__ import annotations

import functools
import subprocess

from grader.errors import PlatformFault

PROGRAM = "qemu-system-x86_64"


@functools.cache
def qemu_version() -> str:
    """The first line of ``qemu-system-x86_64 --version``: it names Debian's revision as well.

    Raises:
        PlatformFault: not installed, or not runnable.
    """
    try:
        done = subprocess.run([PROGRAM, "--version"], capture_output=True, timeout=30, check=True)
    except FileNotFoundError:
        raise PlatformFault(
            f"{PROGRAM} is not installed: apt-get install qemu-system-x86"
        ) from None
    except (OSError, subprocess.SubprocessError) as fault:
        raise PlatformFault(f"{PROGRAM} --version failed: {fault}") from fault
    return done.stdout.decode("utf-8", "replace").splitlines()[0]
