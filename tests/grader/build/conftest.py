"""The sandboxes on the real image, and a Docker engine of our own where none is running."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

from grader.build import BuildResult, JobLimits, Sandbox, build_module, open_sandbox
from grader.image import Image
from grader.intake import Upload, read_upload

#: For dockerd to say that it is ready, and to end.
ENGINE_SECONDS = 60

Build = Callable[..., BuildResult]


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[None]:
    """An engine that ``docker.from_env`` finds: the machine's, else one just for these tests."""
    with contextlib.suppress(DockerException, OSError):
        docker.from_env().ping()
        yield
        return
    if shutil.which("dockerd") is None:
        pytest.skip("no Docker engine runs and dockerd is not installed (package docker.io)")
    if os.getuid() != 0:
        pytest.skip("no Docker engine runs and only root can start one")
    with tempfile.TemporaryDirectory(prefix="rm-dockerd-") as folder:
        yield from _private_engine(Path(folder))


def _private_engine(folder: Path) -> Iterator[None]:
    """dockerd says over the systemd protocol (sd_notify) when it is ready."""
    address = f"unix://{folder}/engine.sock"
    log = folder / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, log.open("wb") as output:
        notices.bind(str(folder / "notify"))
        notices.settimeout(ENGINE_SECONDS)
        engine = subprocess.Popen(
            [
                "dockerd",
                *("--host", address, "--pidfile", str(folder / "pid")),
                *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
                *("--iptables=false", "--ip6tables=false", "--bridge=none"),
            ],
            env=os.environ | {"NOTIFY_SOCKET": str(folder / "notify")},
            stdout=output,
            stderr=output,
        )
        try:
            try:
                while b"READY=1" not in notices.recv(4096):
                    pass
            except TimeoutError:
                pytest.skip(f"dockerd does not start here: {log.read_text()[-500:]}")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("DOCKER_HOST", address)
                yield
        finally:
            engine.terminate()
            engine.wait(ENGINE_SECONDS)


@pytest.fixture(scope="session")
def bwrap(image: Image) -> Iterator[Sandbox]:
    with open_sandbox("bwrap", image) as sandbox:
        yield sandbox


@pytest.fixture(scope="session", params=["bwrap", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest, image: Image) -> Iterator[Sandbox]:
    """Each of the two kinds: what is asked of one is asked of the other."""
    if request.param == "docker":
        request.getfixturevalue("docker_engine")
    with open_sandbox(request.param, image) as opened:
        yield opened


@pytest.fixture(scope="session")
def build(image: Image, bwrap: Sandbox) -> Build:
    """``build({"asee_mod.c": "..."})`` goes through intake and the default sandbox."""

    def run(
        files: dict[str, str], limits: JobLimits | None = None, sandbox: Sandbox | None = None
    ) -> BuildResult:
        tree = read_upload([Upload(name, text.encode()) for name, text in files.items()])
        return build_module(tree, image, sandbox or bwrap, limits)

    return run
