"""What decides about marks, on a real PostgreSQL: claims, hand-in, workers that fail.

All of tests/webapp passes on it as well: DATABASE_URL=postgresql://... pytest tests/webapp
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.webapp.support.postgres import binaries, private_postgres
from tests.webapp.support.queue import ROOT

PROGRAMS = binaries()
TESTS = (
    "tests/webapp/test_claims.py",
    "tests/webapp/test_hand_in.py",
    "tests/webapp/test_killed_workers.py::test_a_fault_of_the_platform_is_tried_again",
    "tests/webapp/test_killed_workers.py::test_a_worker_killed_at_any_point[half-way-whole worker]",
    "tests/webapp/fleet/test_worker_tokens.py",
)


@pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL: apt-get install postgresql")
def test_claims_hand_in_and_marking() -> None:
    assert PROGRAMS is not None
    with private_postgres(PROGRAMS) as url:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        ran = subprocess.run(
            [*command, *TESTS],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-8000:]
    assert "skipped" not in ran.stdout
