"""Open the sandbox that was asked for, and no other: never unsandboxed, never a silent second."""

from __future__ import annotations

import os

from grader.build.sandbox import Sandbox
from grader.build.sandbox_bwrap import BwrapSandbox
from grader.errors import PlatformFault
from grader.image import Image

#: Compilers run as one of these users, one per worker process, so that the limit on the number
#: of a user's processes is not shared. No file is theirs.
_FIRST_UID = 64_200
_UIDS = 700


def open_sandbox(kind: str, image: Image) -> Sandbox:
    """``kind`` is ``bwrap`` or ``docker``; the toolchain and the kernel tree are the image's.

    Raises:
        PlatformFault: no such kind, or it cannot work on this machine; says what to install.
    """
    mounts = {"/kernel": image.devel}
    for what, folder in (("toolchain", image.toolchain), ("kernel tree", image.devel)):
        if not folder.is_dir():
            raise PlatformFault(
                f"the image's {what} is missing at {folder}: "
                "build the image again with 'python manage.py images build'"
            )
    uid = _FIRST_UID + os.getpid() % _UIDS
    if kind == "bwrap":
        return BwrapSandbox(image.toolchain, mounts, uid=uid)
    if kind == "docker":
        from grader.build.sandbox_docker import DockerSandbox

        return DockerSandbox.connect(image.toolchain, mounts, uid=uid)
    raise PlatformFault(f"unknown sandbox '{kind}': set it to 'bwrap' or 'docker'")
