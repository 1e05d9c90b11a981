"""The guest's machine as data, and the one QEMU command line made from it.

A template and its restores must be started with the same machine, devices and their order, memory
size, processors and model (QEMU docs/system/vm-templating.rst), so there is one function for all
of them: cold boot, template and restore differ in :class:`Wiring` only.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

#: ``tcg-single`` runs all processors in one thread of the host, in turns: see docs/guests.md.
Accelerator = Literal["tcg", "tcg-single", "kvm"]

#: The name of the agent's virtio port: /dev/virtio-ports/<name> in the guest.
AGENT_PORT = "ringmark.agent"

#: Where the jail shows the image's files to QEMU: directly under /, because bwrap makes the folders
#: of a bind for root alone.
KERNEL_IN_JAIL = "/bzImage"
ROOT_IN_JAIL = "/root.erofs"

#: QEMU's own system call filter. `exec:` migration would be killed by spawn=deny; we use `fd:`.
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

#: Translated code, in MiB. The default is up to 1 GiB for each guest. Filled as needed.
TRANSLATION_BUFFER_MIB = 256


@dataclass(frozen=True)
class Machine:
    """What the guest sees: it decides whether a template fits. Memory in MiB."""

    cmdline: str
    accelerator: Accelerator = "tcg"
    cpus: int = 1
    memory_mib: int = 512
    nic: bool = False


@dataclass(frozen=True)
class Wiring:
    """What belongs to one process of QEMU: inherited descriptors and the way it starts.

    ``ram`` is a memfd: shared (written to) when a template is to be saved, private (copied on
    write, so a sealed one will do) otherwise. ``ssh_port`` is a TCP port of 127.0.0.1 that leads
    to the guest's port 22 when the machine has a network card.
    """

    qmp: int
    agent: int
    console: int
    ram: int
    ram_shared: bool = False
    incoming: bool = False
    ssh_port: int | None = None


def command_line(machine: Machine, wiring: Wiring) -> list[str]:
    """The arguments of ``qemu-system-x86_64``, the program's name included."""
    line = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"]
    line += ["-monitor", "none", "-sandbox", SANDBOX]
    # A reset ends QEMU, with the reason in the SHUTDOWN event. After a panic the guest goes on to
    # print its last lines; the host ends it (see watch.py).
    line += ["-action", "reboot=shutdown,shutdown=poweroff,panic=none,watchdog=none"]
    # Registers at each reset, on stderr: the only trace that a triple fault leaves.
    line += ["-d", "cpu_reset"]
    line += ["-accel", _accelerator(machine.accelerator)]
    line += ["-machine", "q35,memory-backend=ram,sata=off,smbus=off,vmport=off,usb=off"]
    line += ["-cpu", "max", "-m", f"{machine.memory_mib}M"]
    line += ["-smp", f"cpus={machine.cpus},sockets=1,cores={machine.cpus},threads=1"]
    share = "on" if wiring.ram_shared else "off"
    ram_file = f"mem-path=/proc/self/fd/{wiring.ram},share={share}"
    line += ["-object", f"memory-backend-file,id=ram,size={machine.memory_mib}M,{ram_file}"]
    line += ["-kernel", KERNEL_IN_JAIL, "-append", machine.cmdline]
    root = "driver=file,read-only=on,filename=" + ROOT_IN_JAIL
    line += ["-blockdev", f"{root},node-name=root-file,locking=off"]
    line += ["-blockdev", "driver=raw,read-only=on,file=root-file,node-name=root"]
    line += ["-device", "virtio-blk-pci,drive=root,disable-legacy=on"]
    line += ["-chardev", f"socket,id=console,fd={wiring.console}", "-serial", "chardev:console"]
    line += ["-chardev", f"socket,id=agent,fd={wiring.agent}"]
    line += ["-device", "virtio-serial-pci,max_ports=2,disable-legacy=on"]
    line += ["-device", f"virtserialport,chardev=agent,name={AGENT_PORT}"]
    line += ["-device", "pvpanic-pci"]
    line += ["-chardev", f"socket,id=qmp,fd={wiring.qmp}", "-mon", "chardev=qmp,mode=control"]
    if machine.nic:
        line += ["-netdev", _user_network(wiring.ssh_port), "-device", "e1000,netdev=net,romfile="]
    # -S: nothing runs before we say so, on a cold boot either.
    line += ["-S"]
    if wiring.incoming:
        line += ["-incoming", "defer"]
    return line


def _accelerator(accelerator: Accelerator) -> str:
    if accelerator == "kvm":
        return "kvm"
    thread = "single" if accelerator == "tcg-single" else "multi"
    return f"tcg,thread={thread},tb-size={TRANSLATION_BUFFER_MIB}"


def _user_network(ssh_port: int | None) -> str:
    """User networking without a way out: only our loopback port leads in."""
    network = "user,id=net,restrict=on,ipv6=off"
    if ssh_port is not None:
        network += f",hostfwd=tcp:127.0.0.1:{ssh_port}-:22"
    return network


def fingerprint(machine: Machine, *facts: str) -> str:
    """A digest of the machine, its command line and ``facts`` (image, QEMU's version): hex."""
    line = command_line(machine, Wiring(qmp=0, agent=0, console=0, ram=0))
    text = json.dumps([asdict(machine), line, facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
