"""Write ``seccomp-worker.json``: ``python -m deploy.seccomp > deploy/seccomp-worker.json``.

Docker's own profile forbids ``pivot_root`` even with CAP_SYS_ADMIN, and with that capability lets
through much that bubblewrap does not need (bpf, perf_event_open, quotactl, syslog). This one is
systemd's list for ordinary services (``systemd-analyze syscall-filter @system-service``) without
its keyring, with the three calls that make a jail's file system, and with the one by which QEMU
puts a filter of its own on itself.
"""

from __future__ import annotations

import json
import subprocess

TAKEN = "@system-service"
LEFT_OUT = ("@keyring",)
# Known ways out of a container, or too new to trust; nothing here asks for them.
LEFT_OUT_CALLS = (
    "io_uring_enter", "io_uring_register", "io_uring_setup", "kcmp", "name_to_handle_at",
    "open_by_handle_at", "personality", "setns", "userfaultfd",
)  # fmt: skip
ADDED = ("mount", "umount2", "pivot_root", "seccomp")


def expand(group: str) -> set[str]:
    """The system calls of one of systemd's groups, those of its groups included."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True
    )
    names: set[str] = set()
    for line in listed.stdout.splitlines()[1:]:
        word = line.split("#", 1)[0].strip()
        if word.startswith("@"):
            names |= expand(word)
        elif word:
            names.add(word)
    return names


def profile() -> dict[str, object]:
    """In the form that Docker and Kubernetes (``Localhost``) read."""
    names = expand(TAKEN)
    for group in LEFT_OUT:
        names -= expand(group)
    names -= set(LEFT_OUT_CALLS)
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []}],
        "syscalls": [{"names": sorted(names | set(ADDED)), "action": "SCMP_ACT_ALLOW"}],
    }


if __name__ == "__main__":
    print(json.dumps(profile(), indent=1))
