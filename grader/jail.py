"""Run one host process with next to nothing: bubblewrap, an unprivileged user, limits.

Used for the compiler (its root is the image's toolchain) and for QEMU (its root is the host's
``/usr``). QEMU's own policy calls TCG no security boundary, so QEMU is jailed as if it were the
student (QEMU docs/system/security.rst).
"""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import PlatformFault

#: First of the user ids that jailed processes run as when we are root. They own no file and need
#: no entry in /etc/passwd. One id per kind of work keeps one kind from signalling another.
FIRST_JAIL_UID = 64_100


@dataclass(frozen=True)
class Limits:
    """Kernel limits of one jailed process tree. Sizes in bytes, processor time in seconds."""

    address_space: int | None = None
    file_size: int | None = None
    processes: int | None = None
    cpu_seconds: int | None = None
    open_files: int | None = 256

    def apply(self) -> None:
        """Set them on the calling process; meant for ``Popen(preexec_fn=...)``."""
        wanted = {
            resource.RLIMIT_AS: self.address_space,
            resource.RLIMIT_FSIZE: self.file_size,
            resource.RLIMIT_NPROC: self.processes,
            resource.RLIMIT_CPU: self.cpu_seconds,
            resource.RLIMIT_NOFILE: self.open_files,
            resource.RLIMIT_CORE: 0,
        }
        for kind, value in wanted.items():
            if value is not None:
                resource.setrlimit(kind, (value, value))

    def command(self, argv: Sequence[str]) -> list[str]:
        """``argv`` run under these limits by prlimit(1).

        For callers with threads, where ``preexec_fn`` is unsafe (Python documentation, subprocess)
        and makes every start a full fork.
        """
        wanted = {
            "as": self.address_space,
            "fsize": self.file_size,
            "nproc": self.processes,
            "cpu": self.cpu_seconds,
            "nofile": self.open_files,
            "core": 0,
        }
        limits = [f"--{name}={value}" for name, value in wanted.items() if value is not None]
        return ["prlimit", *limits, "--", *argv]


@dataclass(frozen=True)
class Jail:
    """What a jailed process may see. Nothing else of the host is there, the network included.

    ``read_only`` maps a path inside to a host path; ``tmpfs`` maps a path inside to a size in
    bytes; ``root`` is bound read-only as ``/`` when given. ``device_nodes`` maps a path inside to
    a device of the host's; ``devices`` are shown under their own paths, if they are there.
    ``groups`` are supplementary group ids that the process keeps when started by root.
    """

    root: Path | None = None
    read_only: Mapping[str, Path] = field(default_factory=dict)
    symlinks: Mapping[str, str] = field(default_factory=dict)
    tmpfs: Mapping[str, int] = field(default_factory=dict)
    devices: Sequence[str] = ()
    device_nodes: Mapping[str, Path] = field(default_factory=dict)
    groups: Sequence[int] = ()
    network: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    chdir: str = "/"
    uid: int = FIRST_JAIL_UID

    def command(self, argv: Sequence[str]) -> list[str]:
        """The full command line that runs ``argv`` in this jail.

        As root, bwrap sets the mounts up as root and ``setpriv`` then drops to ``uid`` for good;
        as anybody else a user namespace is used. File descriptors that the caller passes on
        (``pass_fds``) reach ``argv`` under the same numbers.
        """
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise PlatformFault("bwrap is not installed: apt-get install bubblewrap")
        line = [bwrap, "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
        line += ["--die-with-parent", "--new-session", "--clearenv"]
        if not self.network:
            line.append("--unshare-net")
        as_root = os.getuid() == 0
        if as_root:
            line += [
                "--cap-add",
                "CAP_SETUID",
                "--cap-add",
                "CAP_SETGID",
                "--cap-add",
                "CAP_SETPCAP",
            ]
        else:
            line.append("--unshare-user")
        if self.root is not None:
            line += ["--ro-bind", str(self.root), "/"]
        for inside, outside in self.read_only.items():
            line += ["--ro-bind", str(outside), inside]
        for inside, target in self.symlinks.items():
            line += ["--symlink", target, inside]
        line += ["--proc", "/proc", "--dev", "/dev"]
        for device in self.devices:
            line += ["--dev-bind-try", device, device]
        for inside, outside in self.device_nodes.items():
            line += ["--dev-bind", str(outside), inside]
        for inside, size in self.tmpfs.items():
            line += ["--size", str(size), "--perms", "1777", "--tmpfs", inside]
        # bwrap's own tmpfs below all of it, of no fixed size, belongs to us when we are not root.
        line += ["--remount-ro", "/dev", "--remount-ro", "/"]
        for name, value in self.environment.items():
            line += ["--setenv", name, value]
        line += ["--chdir", self.chdir, "--"]
        if as_root:
            line += ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}"]
            groups = ",".join(str(group) for group in self.groups)
            line.append(f"--groups={groups}" if groups else "--clear-groups")
            line += ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]
        return [*line, *argv]


def host_programs() -> dict[str, Path]:
    """Read-only binds for a jail that runs a program of the host's (``/usr`` and its loader)."""
    return {"/usr": Path("/usr")}


#: A merged-/usr Debian has these as links; a jail built on ``host_programs`` needs them too.
MERGED_USR_LINKS = {
    "/bin": "usr/bin",
    "/sbin": "usr/sbin",
    "/lib": "usr/lib",
    "/lib64": "usr/lib64",
}
