"""The guest interface over SSH, for images that have nothing but sshd (the handout's own).

The agent's program is brought along: copied to a temporary file and run with ``--stdio``, so that
the channel and everything above it stay as they are. Slow (seconds for a connection under TCG).
"""

from __future__ import annotations

import contextlib
import shlex
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko

from grader.errors import PlatformFault
from grader.guest.channel import AgentChannel
from grader.guest.console import Console
from grader.guest.death import Death
from grader.guest.journal import fetch_journal

#: Seconds for sshd to come up and answer, and for one step of a session.
CONNECT_DEADLINE = 180.0
STEP_DEADLINE = 120.0
#: Seconds between two tries while sshd refuses or does not greet yet: there is nothing to wait on.
RETRY_PAUSE = 1.0
READ_BYTES = 32 * 1024


@dataclass(frozen=True)
class SshAddress:
    """Where sshd listens and who logs in. The defaults are the handout's."""

    host: str = "127.0.0.1"
    port: int = 10022
    user: str = "root"
    password: str = "asee"  # noqa: S105 - printed in the handout, reachable on the loopback only


class SshGuest:
    """A machine reached over SSH; implements :class:`grader.guest.guest.Guest`.

    Its console is the kernel's log as ``dmesg --follow`` tells it, so what a machine says as it
    dies is not there. It cannot be restored: each use sees what earlier ones left.
    """

    def __init__(
        self,
        transport: paramiko.Transport,
        channel: AgentChannel,
        console: Console,
        timings: dict[str, float],
    ) -> None:
        self._transport = transport
        self.channel = channel
        self.console = console
        self.timings = timings

    def death(self) -> Death | None:
        """``None`` while the connection stands; why it fell is not known here."""
        if self._transport.is_active():
            return None
        return Death("killed", "the SSH connection ended")

    def wait_death(self, timeout: float) -> Death | None:
        """Wait up to ``timeout`` seconds for the connection's end."""
        self._transport.join(timeout)
        return self.death()

    def interrogate(self, timeout: float) -> str:
        """There is no way to ask a stuck machine over SSH: what its kernel logged so far."""
        return self.console.text() + "\n[a machine reached over SSH cannot be asked with an NMI]"

    def journal(self, timeout: float, until: str = "") -> bytes:
        """See :class:`grader.guest.guest.Guest`."""
        if self.death() is not None:
            return b""
        return fetch_journal(self.channel, timeout, until)


def connect(
    address: SshAddress,
    deadline: float = CONNECT_DEADLINE,
    ended: Callable[[], object] = lambda: None,
) -> paramiko.SSHClient:
    """Log in, waiting until sshd is up. ``ended()`` is true when there is no point in waiting.

    Raises:
        PlatformFault: wrong password, or no sshd within ``deadline`` seconds.
    """
    until = time.monotonic() + deadline
    pause = threading.Event()
    while True:
        client = paramiko.SSHClient()
        # The key of a machine made a minute ago, on our own loopback, says nothing.
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507
        left = max(1.0, until - time.monotonic())
        try:
            client.connect(
                address.host,
                address.port,
                address.user,
                address.password,
                timeout=left,
                banner_timeout=left,
                auth_timeout=left,
                allow_agent=False,
                look_for_keys=False,
            )
        except paramiko.AuthenticationException as fault:
            client.close()
            where = f"{address.user}@{address.host}:{address.port}"
            raise PlatformFault(f"sshd refuses to log {where} in: {fault}") from fault
        except (paramiko.SSHException, OSError, EOFError) as fault:
            client.close()
            if time.monotonic() >= until or ended():
                raise PlatformFault(
                    f"no sshd answers on {address.host} port {address.port}: {fault}"
                ) from fault
            pause.wait(RETRY_PAUSE)
        else:
            return client


@contextmanager
def ssh_guest(
    address: SshAddress, agent: Path, deadline: float = CONNECT_DEADLINE
) -> Iterator[SshGuest]:
    """A guest behind sshd, with our agent started in it. Everything is closed on leaving.

    Raises:
        PlatformFault: no login, or the agent could not be copied or started.
    """
    started = time.monotonic()
    with ExitStack() as owned:
        client = connect(address, deadline)
        owned.callback(client.close)
        connected = time.monotonic()
        transport = client.get_transport()
        assert transport is not None
        console = Console()
        try:
            program = _upload(transport, agent)
            stream = _session(transport, f"exec {shlex.quote(program)} --stdio")
            owned.callback(stream.close)
            _follow_log(transport, console, owned)
        except (paramiko.SSHException, OSError, EOFError) as fault:
            raise PlatformFault(f"the agent could not be started over SSH: {fault}") from fault
        channel = AgentChannel(stream)
        channel.hello(STEP_DEADLINE)
        timings = {
            "start": connected - started,
            "first_answer": time.monotonic() - connected,
        }
        yield SshGuest(transport, channel, console, timings)


def _session(transport: paramiko.Transport, command: str) -> paramiko.Channel:
    session = transport.open_session(timeout=STEP_DEADLINE)
    session.settimeout(STEP_DEADLINE)
    session.exec_command(command)
    return session


def _upload(transport: paramiko.Transport, agent: Path) -> str:
    """Copy the agent through a shell's stdin: that works without an SFTP server as well."""
    path = f"/tmp/ringmark-agent-{uuid.uuid4().hex}"  # noqa: S108 - in the guest
    quoted = shlex.quote(path)
    with contextlib.closing(
        _session(transport, f"umask 077 && cat > {quoted} && chmod 700 {quoted}")
    ) as session:
        session.sendall(agent.read_bytes())
        session.shutdown_write()
        if session.recv_exit_status() != 0:
            said = session.recv_stderr(2000).decode("utf-8", "replace").strip()
            raise PlatformFault(f"the agent could not be copied to {path} in the guest: {said}")
    return path


def _follow_log(transport: paramiko.Transport, console: Console, owned: ExitStack) -> None:
    """Feed the console from the kernel's log until the connection ends."""
    log = _session(transport, "exec dmesg --follow")
    log.settimeout(None)

    def follow() -> None:
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            while data := log.recv(READ_BYTES):
                console.feed(data)
        console.end()

    reader = threading.Thread(target=follow, name="ringmark-dmesg", daemon=True)
    reader.start()
    owned.callback(reader.join, STEP_DEADLINE)
    owned.callback(log.close)
