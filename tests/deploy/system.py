"""A running system: its Compose project from outside, and what a student does over the proxy."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import requests

TOP = Path(__file__).resolve().parents[2]
LABEL = "org.ringmark.test=1"
HOME_VOLUME = "ringmark-test-home"
#: A deadline, many times what it takes on an idle machine.
PATIENCE = 900


def eventually(seen: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not seen():
        if time.monotonic() > end:
            raise AssertionError(f"not seen within {patience:.0f} s: {what}")
        time.sleep(0.5)


class Compose:
    """One project: ``docker-compose`` with its files and settings."""

    def __init__(self, project: str, settings: Path) -> None:
        self.project = project
        self.settings = dict(
            line.split("=", 1)
            for line in settings.read_text().splitlines()
            if line and not line.startswith("#")
        )
        self._command = [
            "docker-compose", "--project-name", project, "--env-file", str(settings),
            "--file", "docker-compose.yml", "--file", "deploy/tls.yml",
            "--file", "tests/deploy/override.yml",
        ]  # fmt: skip

    @property
    def url(self) -> str:
        return f"https://localhost:{self.settings['RINGMARK_TLS_PORT'].split(':')[1]}"

    def run(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [*self._command, *arguments], cwd=TOP, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(
                f"docker-compose {' '.join(arguments)}: {done.returncode}\n"
                f"{done.stdout[-1000:]}{done.stderr[-3000:]}\n{self.logs()}"
            )
        return done.stdout

    def logs(self) -> str:
        return self.run("logs", "--no-color", "--tail", "40", check=False)

    def containers(self, service: str) -> list[str]:
        """Ids of those that run."""
        listed = docker(
            "ps", "--quiet", "--no-trunc",
            "--filter", f"label=com.docker.compose.project={self.project}",
            "--filter", f"label=com.docker.compose.service={service}",
        )  # fmt: skip
        return listed.split()

    def sql(self, query: str) -> str:
        psql = ["psql", "-h", "/run/postgresql", "-U", "ringmark", "-At", "-c", query]
        return self.run("exec", "-T", "db", *psql).strip()


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout


class Student:
    """A browser without scripts, logged in."""

    def __init__(
        self, system: Compose, name: str = "student", password: str = "ring-buffer"
    ) -> None:
        self.url = system.url
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no certificates of the machine's
        self.session.verify = system.settings["TLS_CERTIFICATE"]
        page = self.session.get(f"{self.url}/accounts/login/", timeout=60)
        answer = self._post(page, "/accounts/login/", username=name, password=password)
        assert "/accounts/login/" not in answer.url, "the login was refused"

    def hand_in(self, tp: str, files: list[Path]) -> str:
        """The address of the stored submission."""
        answer = self.post_files(tp, [(path.name, path.read_bytes()) for path in files])
        assert answer.status_code == 200, answer.text
        return answer.url

    def post_files(self, tp: str, files: list[tuple[str, bytes]]) -> requests.Response:
        page = self.session.get(f"{self.url}/courses/asee/{tp}/", timeout=60)
        return self._post(
            page, f"/courses/asee/{tp}/hand-in/", files=[("files", each) for each in files]
        )

    def _post(
        self, page: requests.Response, path: str, files: object = None, **fields: str
    ) -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text[:500]
        return self.session.post(
            f"{self.url}{path}",
            data={"csrfmiddlewaretoken": token[1], **fields},
            files=files,  # type: ignore[arg-type]
            headers={"Referer": page.url},
            timeout=120,
        )

    def phase(self, address: str) -> str:
        page = self.session.get(address, timeout=60).text
        found = re.search(r'data-phase="([a-z]+)"', page)
        assert found, page[:500]
        return found[1]

    def checks_done(self, address: str) -> int:
        found = re.search(r'<progress max="\d+" value="(\d+)"', self.session.get(address).text)
        return int(found[1]) if found else 0

    def report(self, address: str) -> dict[str, object]:
        answer = self.session.get(f"{address}report/", timeout=60)
        answer.raise_for_status()
        document = answer.json()
        assert isinstance(document, dict)
        return document
