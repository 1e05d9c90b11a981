"""The system in containers, on an engine of the tests' own if the machine has none."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.images import build
from grader.image import Image
from tests.deploy.system import HOME_VOLUME, LABEL, TOP, Compose
from tests.support.docker_engine import DockerEngine
from tests.support.ports import free_port
from vm_images import publish


@pytest.fixture(scope="session")
def networked(docker_engine: DockerEngine) -> DockerEngine:
    """An engine whose containers can talk to each other, and a Compose."""
    if docker_engine.no_networks:
        pytest.skip(f"this Docker engine makes no networks: {docker_engine.no_networks}")
    if shutil.which("docker-compose") is None:
        pytest.skip("docker-compose is not installed (package docker-compose)")
    return docker_engine


@pytest.fixture(scope="session")
def images(networked: DockerEngine) -> str:
    """All five, under a tag of the tests' own; what has not changed is in the engine's cache."""
    said: list[str] = []
    build(lambda progress: said.append(progress.step), tag="test")
    return "test"


@pytest.fixture(scope="session")
def system(
    images: str, tmp_path_factory: pytest.TempPathFactory, image: Image
) -> Iterator[Compose]:
    """Up, with two workers and the demo course. ``image``: the store has a guest image."""
    publish.index(image.home, {"default": "default", "race": "race"})
    _remove_leftovers()
    folder = tmp_path_factory.mktemp("compose")
    settings = folder / "env"
    subprocess.run([TOP / "deploy" / "secrets", settings], check=True)
    certificate, key = _certificate(folder)
    more = {
        "RINGMARK_TAG": images,
        "RINGMARK_PORT": f"127.0.0.1:{free_port()}",
        "RINGMARK_TLS_PORT": f"127.0.0.1:{free_port()}",
        "HTTPS": "1",
        "TLS_CERTIFICATE": certificate,
        "TLS_KEY": key,
    }
    with settings.open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in more.items())
    compose = Compose(f"rmtest{uuid.uuid4().hex[:8]}", settings)
    try:
        compose.run("up", "-d", "--no-build", "--scale", "worker=2")
        compose.run("exec", "-T", "web", "python", "manage.py", "demo")
        yield compose
        print(compose.logs())  # shown when the last test fails
    finally:
        compose.run("down", "--volumes", "--timeout", "5", check=False)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """For localhost, by its own authority; readable by the proxy's user."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-days", "2", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o644)
    return certificate, key


def _remove_leftovers() -> None:
    """Of a run that was killed: its containers would be started again with the engine."""
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"label={LABEL}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    if listed.stdout.split():
        subprocess.run(["docker", "rm", "--force", "--volumes", *listed.stdout.split()], check=True)
    subprocess.run(["docker", "volume", "create", HOME_VOLUME], check=True, capture_output=True)
