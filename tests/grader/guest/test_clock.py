"""The clock of deadlines: what a process waits for a processor does not count. Real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grader.guest.clock import GuestClock

SECONDS = 3.0
BURN = "import os; os.sched_setaffinity(0, {int(os.environ['CPU'])})\nwhile True: pass"
SLEEP = "import time; time.sleep(600)"


@contextmanager
def running(code: str, cpu: int) -> Iterator[int]:
    environment = {**os.environ, "CPU": str(cpu)}
    child = subprocess.Popen([sys.executable, "-I", "-c", code], env=environment)
    try:
        yield child.pid
    finally:
        child.kill()
        child.wait()


def rate_of(process: int) -> float:
    """Seconds of the process's clock in one of the wall's."""
    clock = GuestClock(process)
    before, began = clock(), time.monotonic()
    time.sleep(SECONDS)
    return (clock() - before) / (time.monotonic() - began)


def test_a_process_that_does_not_get_its_turn_has_more_time() -> None:
    cpu = min(os.sched_getaffinity(0))
    with ExitStack() as owned:
        processes = [owned.enter_context(running(BURN, cpu)) for _ in range(4)]
        assert 0.02 < rate_of(processes[0]) < 0.7


def test_a_process_with_nothing_to_do_has_none_to_lose() -> None:
    with running(SLEEP, 0) as process:
        assert rate_of(process) > 0.7


def test_a_process_that_is_stopped_does_not_run() -> None:
    with running(BURN, min(os.sched_getaffinity(0))) as process:
        clock = GuestClock(process)
        until = time.monotonic() + 60
        while clock.ran() < 0.2:
            assert time.monotonic() < until
            time.sleep(0.1)
        os.kill(process, signal.SIGSTOP)
        # Told that it stops, the parent is told a moment before it has left the processor.
        os.waitpid(process, os.WUNTRACED)
        time.sleep(0.2)
        ran = clock.ran()
        time.sleep(1.0)
        assert clock.ran() == ran


def test_what_its_children_wait_counts_as_its_own() -> None:
    cpu = min(os.sched_getaffinity(0))
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {BURN!r}])"
    with ExitStack() as owned:
        for _ in range(3):
            owned.enter_context(running(BURN, cpu))
        process = owned.enter_context(running(parent, cpu))
        try:
            assert rate_of(process) < 0.8
        finally:
            children = Path(f"/proc/{process}/task/{process}/children").read_text()
            for child in children.split():
                os.kill(int(child), signal.SIGKILL)


def test_a_process_that_is_gone_has_the_walls_time() -> None:
    with running(SLEEP, 0) as process:
        pass
    assert rate_of(process) > 0.9
