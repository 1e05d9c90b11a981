"""An instructor's shell in a guest, the student's module loaded: ``manage.py guest ssh``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import paramiko

from grader.errors import PlatformFault
from grader.guest.channel import ChannelClosed, Unanswered
from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls
from grader.guest.ssh import SshAddress, connect
from grader.guest.terminal import interactive_shell

#: Where the module lies in the guest (a tmpfs).
MODULE_PATH = "/run/ringmark/module.ko"
#: Seconds for a module's init function.
LOAD_DEADLINE = 60.0


@dataclass(frozen=True)
class ShellGuest:
    """A guest with a network card and a logged-in SSH client."""

    guest: QemuGuest
    client: paramiko.SSHClient


@contextmanager
def shell_guest(
    hypervisor: Hypervisor,
    module: bytes | None,
    port: int = 10022,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[ShellGuest]:
    """A restored guest that ``ssh -p PORT root@127.0.0.1`` reaches as well while it lasts.

    ``module`` is put at :data:`MODULE_PATH` and loaded; what became of that is said, and the
    guest is there either way.

    Raises:
        PlatformFault: no guest, no sshd, or the port is taken.
    """
    with hypervisor.restore(ssh_port=port) as guest:
        if module is not None:
            say(load_module(guest, module))
        client = connect(SshAddress(port=port), ended=guest.death)
        try:
            yield ShellGuest(guest, client)
        finally:
            client.close()


def load_module(guest: QemuGuest, module: bytes) -> str:
    """Put a module into the guest and load it. Returns what became of it, for a person."""
    try:
        guest.channel.put(MODULE_PATH, module)
        actor = guest.channel.spawn()
        seen = guest.channel.call(actor, calls.InsertModule(MODULE_PATH), LOAD_DEADLINE)
    except (ChannelClosed, Unanswered) as fault:
        death = guest.wait_death(1.0)
        return f"loading the module: {death.detail if death else fault}"
    if seen.died is not None:
        return "loading the module: the kernel killed the process that loaded it (an oops?)"
    if seen.ret < 0:
        return f"loading the module failed with errno {seen.errno}; it is at {MODULE_PATH}"
    return f"the module is loaded; its file is {MODULE_PATH}"


def open_shell(
    hypervisor: Hypervisor,
    module: bytes | None = None,
    port: int = 10022,
    say: Callable[[str], None] = print,
) -> None:
    """Run an interactive shell on this process's terminal until it ends.

    Raises:
        PlatformFault: as :func:`shell_guest`.
    """
    say("restoring a guest with a network card ...")
    with shell_guest(hypervisor, module, port, say) as opened:
        say(f"also reachable: ssh -p {port} root@127.0.0.1 (password asee). Leave with 'exit'.")
        try:
            interactive_shell(opened.client)
        except (paramiko.SSHException, OSError) as fault:
            raise PlatformFault(f"the SSH session broke: {fault}") from fault
        death = opened.guest.death()
        if death is not None:
            say(f"the guest ended: {death.detail}")
