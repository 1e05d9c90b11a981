"""A private PostgreSQL: a unix socket in a folder that goes away, no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


def binaries() -> Path | None:
    """The newest of Debian's, None when there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    return found[-1].parent if found else None


@contextmanager
def private_postgres(programs: Path) -> Iterator[str]:
    """Its DATABASE_URL. It refuses to run as root, so root runs it as the package's user."""
    with tempfile.TemporaryDirectory(prefix="rm-pg-") as name:
        folder = Path(name)
        prefix: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            prefix = ["runuser", "-u", "postgres", "--"]

        def run(program: str, *arguments: str) -> None:
            done = subprocess.run(
                [*prefix, programs / program, "-D", folder / "data", *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                # To files: the server inherits them, and a pipe would never end.
                stdout=(folder / "out").open("a"),
                stderr=subprocess.STDOUT,
                check=False,
            )
            assert done.returncode == 0, (folder / "out").read_text()

        run("initdb", "-U", "ringmark", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        # fsync off: nothing in here is to survive.
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://ringmark@{quote(str(folder), safe='')}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
