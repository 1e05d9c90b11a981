"""A whole marking with the other sandbox (``RINGMARK_SANDBOX=docker``): a container per compile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import docker
import pytest

from grader.image import Image
from tests.support.docker_engine import DockerEngine

TOP = Path(__file__).parents[2]
pytestmark = [pytest.mark.image, pytest.mark.docker]


def test_a_module_is_compiled_in_containers_and_marked_in_guests(
    image: Image, docker_engine: DockerEngine, tmp_path: Path
) -> None:
    began = int(time.time())
    marked = subprocess.run(
        [sys.executable, "manage.py", "grade", "tp1", "rubrics/tp1/reference", "--json",
         "--seed", "5"],
        cwd=TOP, env=os.environ | {"RINGMARK_SANDBOX": "docker", "RINGMARK_VAR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert marked.returncode == 0, marked.stderr
    report = json.loads(marked.stdout)
    assert report["build"]["ok"] is True
    assert (report["status"], report["score"]) == ("graded", report["max_score"])
    # The engine itself says that it compiled, and that nothing of it is left.
    engine = docker.from_env()
    label = {"label": "org.ringmark.sandbox=build"}
    said = engine.events(
        since=began, until=int(time.time()) + 1, filters=label | {"type": "container"}, decode=True
    )
    done = [event["Action"] for event in said]
    assert done.count("start") >= 1
    assert done.count("destroy") == done.count("create")
    assert engine.containers.list(all=True, filters=label) == []
