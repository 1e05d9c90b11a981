"""The site as its own process: gunicorn on this test's database and a store of images."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.webapp.support.queue import ROOT, database_url


@contextmanager
def web_process(home: Path) -> Iterator[str]:
    """Its address; it has told the database."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "webapp.config.wsgi:application"),
            *("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"),
            "--no-control-socket",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "RINGMARK_HOME": str(home),
            "RINGMARK_URL": f"{url}/",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    ready: queue.Queue[bool] = queue.Queue()
    said: list[str] = []
    reader = threading.Thread(target=_read, args=(process, said, ready))
    reader.start()
    try:
        assert ready.get(timeout=60), "gunicorn ended at its start:\n" + "".join(said)
        # Answered by a process that has loaded the application, which is what announces.
        urllib.request.urlopen(f"{url}/healthz", timeout=60).close()
        yield url
    finally:
        process.terminate()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()


def _read(process: subprocess.Popen[str], said: list[str], ready: queue.Queue[bool]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if "Listening at" in line:
            ready.put(True)
    ready.put(False)
