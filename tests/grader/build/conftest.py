"""The sandboxes on the real image."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from grader.build import BuildResult, JobLimits, Sandbox, build_module, open_sandbox
from grader.image import Image
from grader.intake import Upload, read_upload

Build = Callable[..., BuildResult]


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
