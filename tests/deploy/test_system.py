"""The whole system as an operator starts it: from upload to mark, and with a worker less."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.deploy.system import TOP, Compose, Student, docker, eventually

pytestmark = [pytest.mark.deploy, pytest.mark.docker, pytest.mark.image]
MODULE = TOP / "tests" / "submissions" / "tp1" / "kfifo"


@pytest.fixture(scope="module")
def student(system: Compose) -> Student:
    return Student(system)


@pytest.fixture(scope="module")
def marked(student: Student) -> dict[str, Any]:
    """The report of the first submission, which no worker was killed over."""
    address = student.hand_in("tp1", sources())
    wait_for_mark(student, address)
    return student.report(address)


def sources() -> list[Path]:
    return [path for path in sorted(MODULE.iterdir()) if path.suffix in {".c", ".h"}]


def another(path: Path, folder: Path) -> Path:
    """Equal files would get the first one's result, and no worker would have anything to do."""
    copy = folder / path.name
    copy.write_bytes(path.read_bytes() + b"/* again */\n")
    return copy


def wait_for_mark(student: Student, address: str) -> None:
    eventually(lambda: student.phase(address) in {"graded", "withheld"}, "the mark")
    assert student.phase(address) == "graded"


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {criterion["id"]: criterion["verdict"] for criterion in report["criteria"]}


def test_the_site_answers_through_the_proxy(system: Compose, student: Student) -> None:
    answer = student.session.get(f"{system.url}/healthz", timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "queue": "ok"})
    assert all(cookie.secure for cookie in student.session.cookies)


def test_who_comes_without_tls_is_sent_to_it(system: Compose) -> None:
    plain = f"http://{system.settings['RINGMARK_PORT']}/"
    # Whatever is claimed: what the proxy says about the connection counts.
    claimed = {"X-Forwarded-Proto": "https"}
    answer = requests.get(plain, headers=claimed, allow_redirects=False, timeout=30)
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith("https://")


def test_the_sites_own_sentence_about_a_large_upload_comes_through(student: Student) -> None:
    answer = student.post_files("tp1", [("large.c", b"/" * 6_000_000)])
    assert answer.status_code == 422
    assert "Nothing was stored." in answer.text


def test_an_absurd_upload_ends_at_the_proxy_with_a_page_for_people(student: Student) -> None:
    answer = student.post_files("tp1", [("huge.c", b"/" * 40_000_000)])
    assert answer.status_code == 413
    assert "at most 5 MB" in answer.text


def test_an_upload_gets_the_mark_that_is_known_of_this_module(marked: dict[str, Any]) -> None:
    known = yaml.safe_load((MODULE / "expect.yaml").read_text())
    lost = [name for name, verdict in verdicts(marked).items() if verdict != "pass"]
    assert (lost, known["loses"]) == ([], [])
    assert (marked["status"], marked["score"]) == ("graded", marked["max_score"])


def test_another_worker_finishes_what_a_killed_one_began(
    system: Compose, student: Student, marked: dict[str, Any], tmp_path: Path
) -> None:
    workers = system.containers("worker")
    eventually(lambda: all(map(has_joined, workers)), "both workers ready")
    address = student.hand_in("tp1", [another(path, tmp_path) for path in sources()])
    eventually(lambda: student.checks_done(address) > 0, "a first check of the second attempt")
    busy = marking_one(workers)
    docker("kill", busy)
    assert student.phase(address) != "graded"
    wait_for_mark(student, address)
    [left] = system.containers("worker")
    assert left in workers
    assert left != busy
    report = student.report(address)
    assert (report["score"], verdicts(report)) == (marked["score"], verdicts(marked))
    # Once begun in vain, once to the end.
    assert system.sql("SELECT max(failures) FROM submissions_marking") == "1"


def marking_one(workers: list[str]) -> str:
    """Who starts one guest after the other. A worker that waits has one that stands by."""
    seen: dict[str, set[str]] = {worker: set() for worker in workers}

    def one_does() -> bool:
        for worker in workers:
            lines = docker("top", worker, "-eo", "pid,comm").splitlines()
            seen[worker] |= {line.split()[0] for line in lines if "qemu-system" in line}
        return max(map(len, seen.values())) > 2

    eventually(one_does, "a worker that starts guests")
    return max(workers, key=lambda worker: len(seen[worker]))


def has_joined(worker: str) -> bool:
    return "marks now" in docker("logs", worker)


def test_a_worker_sees_nothing_of_the_host_and_has_no_way_out(system: Compose) -> None:
    worker = system.containers("worker")[0]
    [facts] = json.loads(docker("inspect", worker))
    assert facts["HostConfig"]["Privileged"] is False
    assert [each["Type"] for each in facts["Mounts"]] == ["volume"]
    # The proxy stands in for the world: web, which is on its network, reaches it.
    [proxy] = system.containers("proxy")
    shown = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    outside = docker("inspect", "--format", shown, proxy).strip()
    [web] = system.containers("web")
    assert connects(web, outside, 8080)
    assert not connects(worker, outside, 8080)
    assert connects(worker, "web", 8000)


def connects(container: str, host: str, port: int) -> bool:
    """What is closed may as well be silent: then it takes the three seconds."""
    script = f"import socket; socket.create_connection(('{host}', {port}), timeout=3)"
    tried = ["docker", "exec", container, "python", "-c", script]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def test_what_leaves_the_containers_is_no_secret(system: Compose) -> None:
    logs = system.logs()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "RINGMARK_TOKEN"):
        assert system.settings[name] not in logs
