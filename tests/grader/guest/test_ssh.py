"""The same interface over SSH, and the instructor's shell."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import PlatformFault
from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls
from grader.guest.shell import MODULE_PATH, ShellGuest, shell_guest
from grader.guest.ssh import SshAddress, connect, ssh_guest
from grader.guest.terminal import bridge
from tests.grader.guest.processes import qemu_below
from tests.support.ports import free_port

pytestmark = pytest.mark.image

DEADLINE = 120.0


@pytest.fixture(scope="module")
def networked(hypervisor: Hypervisor) -> Iterator[tuple[QemuGuest, int]]:
    port = free_port()
    with hypervisor.restore(ssh_port=port) as guest:
        yield guest, port


def test_an_agent_brought_over_ssh_makes_calls(
    networked: tuple[QemuGuest, int], hypervisor: Hypervisor
) -> None:
    _, port = networked
    with ssh_guest(SshAddress(port=port), hypervisor.image.agent) as guest:
        assert guest.channel.hello(DEADLINE).release == hypervisor.image.release
        actor = guest.channel.spawn()
        seen = guest.channel.call(actor, calls.ReadFile("/etc/hostname"), DEADLINE)
        assert seen.ret == len(seen.data) > 0
        assert guest.death() is None
        noted = calls.WriteFile("/dev/kmsg", b"<6>seen over ssh\n")
        assert guest.channel.call(actor, noted, DEADLINE).ret > 0
        assert guest.console.wait_for("seen over ssh", DEADLINE)
        assert b'"MESSAGE"' in guest.journal(DEADLINE)
    assert guest.death() is not None


def test_a_wrong_password_is_told(networked: tuple[QemuGuest, int]) -> None:
    _, port = networked
    with pytest.raises(PlatformFault, match="refuses to log root@"):
        connect(SshAddress(port=port, password="wrong"))


def test_a_port_where_nothing_listens_is_told() -> None:
    with pytest.raises(PlatformFault, match="no sshd answers"):
        connect(SshAddress(port=free_port()), deadline=0.0)


def test_the_guest_is_reached_from_the_loopback_only(networked: tuple[QemuGuest, int]) -> None:
    guest, port = networked
    held = Path(f"/proc/{qemu_below(guest.process.pid)}/fd").iterdir()
    sockets = {str(entry.readlink()) for entry in held}
    listening = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
            listening.append(fields[1])
    assert listening == [f"0100007F:{port:04X}"]


def test_nothing_leads_out_of_the_guest(networked: tuple[QemuGuest, int]) -> None:
    guest, _ = networked
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        # 10.0.2.2 is the host's loopback in user networking that is not restricted.
        reach = f"exec 3<>/dev/tcp/10.0.2.2/{listener.getsockname()[1]}"
        run = calls.Run(("/usr/bin/timeout", "10", "/bin/bash", "-c", reach))
        seen = guest.channel.call(guest.channel.spawn(), run, DEADLINE)
        assert seen.ret != 0
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.fixture
def opened(hypervisor: Hypervisor) -> Iterator[tuple[ShellGuest, list[str]]]:
    said: list[str] = []
    with shell_guest(hypervisor, b"not a module", free_port(), said.append) as shell:
        yield shell, said


def test_a_shell_works_and_the_module_is_there(
    opened: tuple[ShellGuest, list[str]],
) -> None:
    shell, said = opened
    assert said == [f"loading the module failed with errno 8; it is at {MODULE_PATH}"]
    session = shell.client.invoke_shell("dumb", 80, 24)
    keyboard, typing = os.pipe()
    reading, screen = os.pipe()
    shown: list[bytes] = []

    def watch() -> None:
        while data := os.read(reading, 4096):
            shown.append(data)

    watcher = threading.Thread(target=watch)
    watcher.start()
    os.write(typing, f"cat {MODULE_PATH}; exit\n".encode())
    bridge(session, keyboard, screen)
    os.close(screen)
    watcher.join(DEADLINE)
    for end in (keyboard, typing, reading):
        os.close(end)
    assert b"not a module" in b"".join(shown)
