"""The real agent, built from its source, on this machine: over pipes, as the current user."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.guest.channel import Actor, AgentChannel

SOURCE = Path(__file__).parents[2] / "vm_images" / "agent"


def build(target: str, folder: Path) -> None:
    subprocess.run(
        ["make", "-C", str(SOURCE), f"OUT={folder}", target],
        check=True,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def agent_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The agent as the guest gets it."""
    folder = tmp_path_factory.mktemp("agent")
    build("all", folder)
    return folder / "agent"


@pytest.fixture(scope="session")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the agent and the decoder as AddressSanitizer and UBSan watch them."""
    folder = tmp_path_factory.mktemp("sanitized")
    build("sanitized", folder)
    return folder


Starter = Callable[[list[str]], tuple[subprocess.Popen[bytes], socket.socket]]


@pytest.fixture
def start_over_socket() -> Iterator[Starter]:
    """Start a program whose stdin and stdout are one end of a socket; the other end is given."""
    started: list[tuple[subprocess.Popen[bytes], socket.socket]] = []

    def start(command: list[str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs)
        theirs.close()
        started.append((process, ours))
        return process, ours

    yield start
    for process, ours in started:
        ours.close()
        process.kill()
        process.wait()


@pytest.fixture
def channel(agent_program: Path, start_over_socket: Starter) -> Iterator[AgentChannel]:
    """A greeted agent."""
    _, ours = start_over_socket([str(agent_program), "--stdio"])
    with AgentChannel(ours, deadline_s=30) as agent:
        agent.hello(30)
        yield agent


@pytest.fixture
def actor(channel: AgentChannel) -> Actor:
    return channel.spawn()


@pytest.fixture
def fifo(tmp_path: Path) -> str:
    """A pipe with a name. Opening it for both lets nothing block but an empty read."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return str(path)
