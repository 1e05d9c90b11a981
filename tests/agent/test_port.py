"""The agent on a device that comes later, and goes: a pseudo-terminal stands for the port."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.guest.channel import AgentChannel
from grader.guest.protocol import calls

PATIENCE = 30.0


class Master:
    """The host's end of a pseudo-terminal, as the stream that a channel wants."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.seconds: float | None = None

    def settimeout(self, seconds: float | None, /) -> None:
        self.seconds = seconds

    def _wait(self, event: int) -> None:
        poll = select.poll()
        poll.register(self.fd, event)
        if not poll.poll(None if self.seconds is None else self.seconds * 1000):
            raise TimeoutError

    def recv(self, size: int, /) -> bytes:
        self._wait(select.POLLIN)
        return os.read(self.fd, size)

    def send(self, data: bytes, /) -> int:
        self._wait(select.POLLOUT)
        return os.write(self.fd, data[:1024])

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


@pytest.fixture
def terminal() -> Iterator[tuple[Master, str]]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield Master(master), os.ttyname(slave)
    os.close(slave)


@pytest.fixture
def waiting_agent(agent_program: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An agent whose port is in a folder that does not exist yet."""
    port = tmp_path / "virtio-ports" / "deeper" / "ringmark.agent"
    process = subprocess.Popen([str(agent_program), str(port)])
    yield process
    process.kill()
    process.wait()


def test_the_agent_waits_for_its_port_and_serves_it(
    waiting_agent: subprocess.Popen[bytes], terminal: tuple[Master, str], tmp_path: Path
) -> None:
    master, name = terminal
    folder = tmp_path / "virtio-ports" / "deeper"
    folder.mkdir(parents=True)
    (folder / "ringmark.agent").symlink_to(tmp_path / "later")
    (tmp_path / "later").symlink_to(name)
    (folder / "something-else").touch()
    with AgentChannel(master, deadline_s=PATIENCE) as channel:
        assert channel.hello(PATIENCE).pid == waiting_agent.pid
        actors = [channel.spawn() for _ in range(12)]  # more than are kept ready
        assert len({actor.pid for actor in actors}) == 12
        for actor in actors:
            seen = channel.call(actor, calls.ReadFile("/proc/self/comm"), PATIENCE)
            assert seen.data == b"actor\n"
            channel.kill(actor)
            assert channel.call(actor, calls.Clock(), PATIENCE).died == 9
        again = channel.hello(PATIENCE)
        assert again.pid == waiting_agent.pid
        assert channel.call(channel.spawn(), calls.Clock(), PATIENCE).died is None


def test_an_agent_whose_host_hung_up_stays_and_sleeps(
    waiting_agent: subprocess.Popen[bytes], terminal: tuple[Master, str], tmp_path: Path
) -> None:
    master, name = terminal
    folder = tmp_path / "virtio-ports" / "deeper"
    folder.mkdir(parents=True)
    (folder / "ringmark.agent").symlink_to(name)
    with AgentChannel(master, deadline_s=PATIENCE) as channel:
        channel.hello(PATIENCE)
        actor = channel.spawn()
        ended = os.pidfd_open(actor.pid)
    gone = select.poll()
    gone.register(ended, select.POLLIN)
    assert gone.poll(PATIENCE * 1000), "the session's actors end with it"
    os.close(ended)
    assert waiting_agent.poll() is None
    assert comes_to_rest(waiting_agent.pid), "it goes round and round on the closed port"


def comes_to_rest(pid: int) -> bool:
    """Whether the process is seen asleep many times in a row; one in a loop never is."""
    until = time.monotonic() + PATIENCE
    asleep = 0
    while asleep < 1000 and time.monotonic() < until:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        asleep = asleep + 1 if state == "S" else 0
    return asleep == 1000


def test_a_port_that_can_never_be_opened_ends_the_agent(
    agent_program: Path, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [str(agent_program), str(tmp_path)], capture_output=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 1
    assert b"Is a directory" in ended.stderr
    usage = subprocess.run([str(agent_program)], capture_output=True, timeout=PATIENCE, check=False)
    assert (usage.returncode, usage.stdout) == (2, b"")
