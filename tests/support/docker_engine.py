"""A Docker engine for the tests: the machine's, else one that is started just for them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

from grader.image import ringmark_home

#: For dockerd to say that it is ready, and to end.
ENGINE_SECONDS = 60
#: What our own engine keeps between runs: layers, so that images are made once.
KEPT = ringmark_home() / "test-engine"
#: A machine may have no iptables or may not make bridges: sandboxes need neither.
NO_NETWORKS = ("--iptables=false", "--ip6tables=false", "--bridge=none")


@dataclass(frozen=True)
class DockerEngine:
    """``docker.from_env`` and the ``docker`` command find it. ``no_networks``: why it has none."""

    no_networks: str | None = None


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    """An engine, or the reason why there is none."""
    with contextlib.suppress(DockerException, OSError):
        docker.from_env().ping()
        yield DockerEngine()
        return
    if shutil.which("dockerd") is None:
        pytest.skip("no Docker engine runs and dockerd is not installed (package docker.io)")
    if os.getuid() != 0:
        pytest.skip("no Docker engine runs and only root can start one")
    KEPT.mkdir(parents=True, exist_ok=True)
    # One at a time owns the folder: another test run's engine ends with that run.
    with (KEPT / "lock").open("w") as lock, tempfile.TemporaryDirectory(prefix="rm-dockerd-") as at:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield from _private_engine(Path(at))


def _private_engine(folder: Path) -> Iterator[DockerEngine]:
    with contextlib.ExitStack() as owned:
        why = None
        try:
            owned.enter_context(_running(folder, ()))
        except _DoesNotStart as problem:
            why = str(problem)
            try:
                owned.enter_context(_running(folder, NO_NETWORKS))
            except _DoesNotStart as again:
                pytest.skip(f"dockerd does not start here: {again}")
        patch = owned.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DOCKER_HOST", _address(folder))
        yield DockerEngine(no_networks=why)


class _DoesNotStart(Exception):
    """With the end of its log."""


def _address(folder: Path) -> str:
    return f"unix://{folder}/engine.sock"


@contextlib.contextmanager
def _running(folder: Path, options: tuple[str, ...]) -> Iterator[None]:
    """dockerd says over the systemd protocol (sd_notify) when it is ready."""
    log, notify = folder / "log", folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, log.open("wb") as output:
        notify.unlink(missing_ok=True)
        notices.bind(str(notify))
        notices.settimeout(1)
        engine = subprocess.Popen(
            [
                "dockerd",
                *("--host", _address(folder), "--pidfile", str(folder / "pid")),
                *("--data-root", str(KEPT / "data"), "--exec-root", str(folder / "exec")),
                *options,
            ],
            env=os.environ | {"NOTIFY_SOCKET": str(notify)},
            stdout=output,
            stderr=output,
        )
        try:
            _wait(engine, notices, log)
            yield
        finally:
            engine.terminate()
            engine.wait(ENGINE_SECONDS)


def _wait(engine: subprocess.Popen[bytes], notices: socket.socket, log: Path) -> None:
    for _ in range(ENGINE_SECONDS):
        try:
            if b"READY=1" in notices.recv(4096):
                return
        except TimeoutError:
            if engine.poll() is not None:
                break
    raise _DoesNotStart(log.read_text()[-500:])
