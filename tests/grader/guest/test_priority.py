"""What guests leave to others: nothing as root, where the site is raised instead; else a share."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from pathlib import Path

import pytest

from grader.guest.process import NICE, step_back

#: A jail as far as this is about it: a process, and below it one with a session of its own, which
#: says so.
JAIL = "setsid sh -c 'echo there; exec sleep 600' & wait"


def nices(user: int) -> tuple[int, str]:
    """nice of the inner process and its scheduling group's, after it stepped back for a user."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    def run() -> None:
        os.setuid(user)
        jail = subprocess.Popen(
            ["/bin/sh", "-c", JAIL], stdout=subprocess.PIPE, start_new_session=True
        )
        assert jail.stdout is not None
        jail.stdout.readline()
        inner = int(Path(f"/proc/{jail.pid}/task/{jail.pid}/children").read_text())
        step_back(jail.pid)
        group = Path(f"/proc/{inner}/autogroup")
        answers.put((os.getpriority(os.PRIO_PROCESS, inner), _read(group)))
        os.kill(inner, 9)
        jail.kill()
        jail.wait()

    child = context.Process(target=run)
    child.start()
    child.join()
    assert child.exitcode == 0
    return answers.get()


def _read(group: Path) -> str:
    return group.read_text().split()[-1] if group.exists() else ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes anybody")
def test_guests_of_anybody_step_back() -> None:
    nice, group = nices(64_999)
    assert nice == max(NICE, os.getpriority(os.PRIO_PROCESS, 0))
    # The kernel takes ten such wishes a second from all who are not root.
    assert group in (str(NICE), "0", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_guests_of_root_keep_their_share() -> None:
    nice, group = nices(0)
    assert nice == os.getpriority(os.PRIO_PROCESS, 0)
    assert group in ("0", "")
