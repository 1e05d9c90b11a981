"""The whole system as an operator starts it: from the upload to the mark, and with a worker less."""

from __future__ import annotations

import requests
import pytest

from tests.deploy.system import TOP, Compose, Student, docker, eventually

pytestmark = [pytest.mark.deploy, pytest.mark.docker, pytest.mark.image]
CORRECT = TOP / "tests" / "submissions" / "tp1" / "kfifo"


def sources() -> list[object]:
    return [path for path in sorted(CORRECT.iterdir()) if path.suffix in {".c", ".h"}]


def test_the_site_answers_through_the_proxy(system: Compose) -> None:
    answer = requests.get(f"{system.url}/healthz", timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "queue": "ok"})
