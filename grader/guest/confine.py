"""What a guest's QEMU is shut into: which files, which user, which limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.guest.machine import KERNEL_IN_JAIL, ROOT_IN_JAIL, Machine
from grader.guest.memory import MIB
from grader.jail import FIRST_JAIL_UID, MERGED_USR_LINKS, Jail, Limits, host_programs

#: The user that QEMU runs as when we are root; the compiler has another.
QEMU_UID = FIRST_JAIL_UID + 1


@dataclass(frozen=True)
class Files:
    """The image's files that QEMU reads, on the host."""

    kernel: Path
    root_disk: Path


def jail_for(machine: Machine, files: Files, kvm_node: Path) -> Jail:
    """What QEMU may see: the host's programs, kernel and root disk read-only, no network.

    A guest with a network card keeps the host's network, because a port of the host's loopback
    leads to it; user networking itself is restricted (``restrict=on``).
    """
    kvm = machine.accelerator == "kvm"
    return Jail(
        read_only={
            **host_programs(),
            KERNEL_IN_JAIL: files.kernel,
            ROOT_IN_JAIL: files.root_disk,
        },
        symlinks={inside: target for inside, target in MERGED_USR_LINKS.items() if _linked(inside)},
        device_nodes={"/dev/kvm": kvm_node} if kvm else {},
        groups=(kvm_node.stat().st_gid,) if kvm else (),
        network=machine.nic,
        uid=QEMU_UID,
    )


def _linked(path: str) -> bool:
    return Path(path).is_symlink()


def limits_for(machine: Machine) -> Limits:
    """RAM and translated code, and 4 GiB of addresses for stacks, libraries and arenas.

    The file size is the device state's (about 1 MB) with room; RAM is mapped, not written.
    """
    return Limits(
        address_space=(machine.memory_mib + 4096) * MIB,
        file_size=64 * MIB,
        processes=1024,
        open_files=256,
    )
