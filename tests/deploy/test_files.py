"""The Compose files, the script that makes passwords, the profile: without starting anything."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.seccomp import LEFT_OUT_CALLS, expand
from tests.deploy.system import TOP

#: What each file needs besides what deploy/secrets writes.
MORE = {
    "deploy/tls.yml": {"TLS_CERTIFICATE": "/c.pem", "TLS_KEY": "/k.pem"},
    "deploy/reachable.yml": {"PRIVATE_ADDRESS": "127.0.0.1"},
    "deploy/kvm.yml": {"KVM_GROUP": "104"},
}
needs_compose = pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="docker-compose is not installed"
)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "env"
    subprocess.run([TOP / "deploy" / "secrets", file], check=True, capture_output=True)
    return file


def config(settings: Path, *files: str) -> subprocess.CompletedProcess[str]:
    named = [part for file in files for part in ("--file", file)]
    return subprocess.run(
        ["docker-compose", "--env-file", str(settings), *named, "config"],
        cwd=TOP, capture_output=True, text=True, check=False,
    )  # fmt: skip


def add(settings: Path, more: dict[str, str]) -> None:
    with settings.open("a") as file:
        file.writelines(f"{key}={value}\n" for key, value in more.items())


def services() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((TOP / "docker-compose.yml").read_text())
    return loaded["services"]


@needs_compose
@pytest.mark.parametrize("extra", [None, *MORE])
def test_compose_takes_each_file(settings: Path, extra: str | None) -> None:
    add(settings, MORE.get(extra or "", {}))
    files = ["docker-compose.yml", *([extra] if extra else [])]
    done = config(settings, *files)
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == set(services())


@needs_compose
def test_compose_takes_the_file_of_a_host_with_workers_only(settings: Path) -> None:
    add(
        settings,
        {
            "DATABASE_URL": "postgres://ringmark:x@main:5432/ringmark",
            "REDIS_URL": "redis://:x@main:6379/0",
            "RINGMARK_URL": "https://ringmark.example.org",
        },
    )
    done = config(settings, "deploy/worker.yml")
    assert done.returncode == 0, done.stderr
    alone = yaml.safe_load((TOP / "deploy" / "worker.yml").read_text())["services"]["worker"]
    for right in ("cap_drop", "cap_add", "security_opt", "pids_limit", "mem_limit"):
        assert alone[right] == services()["worker"][right]


@needs_compose
def test_without_passwords_compose_says_what_to_run(tmp_path: Path) -> None:
    empty = tmp_path / "env"
    empty.touch()
    done = config(empty, "docker-compose.yml")
    assert done.returncode != 0
    assert "run deploy/secrets first" in done.stderr


def test_no_container_is_privileged_or_sees_the_engine() -> None:
    text = (TOP / "docker-compose.yml").read_text()
    assert "docker.sock" not in text
    for name, service in services().items():
        assert not service.get("privileged"), name
        assert service["cap_drop"] == ["ALL"], name
        assert ("cap_add" in service) == (name == "worker"), name
        assert service["mem_limit"], name
        assert service["pids_limit"], name


def test_of_the_host_only_the_store_is_shown_and_read_only() -> None:
    shown = [
        (name, volume)
        for name, service in services().items()
        for volume in service.get("volumes", [])
        if volume.split(":")[0] not in {"db", "redis", "home"}
    ]
    assert [name for name, _ in shown] == ["web"]
    assert shown[0][1].startswith("${RINGMARK_STORE") and shown[0][1].endswith(":ro")


def test_passwords_are_made_once_and_for_the_owner_only(settings: Path) -> None:
    before = settings.read_text()
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    subprocess.run([TOP / "deploy" / "secrets", settings], check=True, capture_output=True)
    assert settings.read_text() == before
    secrets = [
        line.split("=", 1)[1]
        for line in before.splitlines()
        if line.split("=")[0] in {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
        or line.startswith("RINGMARK_TOKEN=")
    ]
    assert len(set(secrets)) == 4
    assert all(len(word) == 64 for word in secrets)


def test_git_and_the_engine_are_not_shown_the_passwords() -> None:
    assert "/.env" in (TOP / ".gitignore").read_text().splitlines()
    lines = (TOP / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    assert "!.env" not in lines


def test_the_workers_profile_lets_through_no_call_of_administrators() -> None:
    written = json.loads((TOP / "deploy" / "seccomp-worker.json").read_text())
    assert written["defaultAction"] == "SCMP_ACT_ERRNO"
    [allowed] = written["syscalls"]
    names = set(allowed["names"])
    assert {"mount", "umount2", "pivot_root", "unshare", "clone", "clone3", "seccomp"} <= names
    for group in ("@module", "@raw-io", "@reboot", "@swap", "@clock", "@debug", "@keyring"):
        assert not names & expand(group), group
    assert not names & {*LEFT_OUT_CALLS, "bpf", "fsopen", "fsmount", "move_mount", "syslog"}
