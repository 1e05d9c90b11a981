"""How far a long step is, and what is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import PlatformFault


@dataclass(frozen=True)
class Progress:
    """One step's state: ``done`` of ``total``; ``total`` 0 means that nobody knows."""

    step: str
    done: int
    total: int
    detail: str = ""

    @property
    def percent(self) -> int:
        """0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total else 0


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """For callers that want no progress."""


class Estimator:
    """The time left, from the speed since it was started (work done before does not count)."""

    def __init__(self, done: int, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first = done
        self._total = total
        self._start = clock()

    def seconds_left(self, done: int) -> float | None:
        """None as long as there is too little to say anything.

        A build begins with its quickest files: the first twentieth of it would promise too much.
        """
        worked = done - self._first
        passed = self._clock() - self._start
        if worked < max(10, (self._total - self._first) // 20) or passed < 2:
            return None
        return max(0.0, (self._total - done) * passed / worked)

    def words(self, done: int) -> str:
        """The time left for a person; empty when unknown."""
        left = self.seconds_left(done)
        if left is None:
            return ""
        if left >= 90:
            return f"about {round(left / 60)} min left"
        return f"about {max(1, round(left))} s left"


@dataclass(frozen=True)
class Counting:
    """How a command's output becomes progress: which lines count, and how many there will be.

    ``total`` is what earlier runs printed. When there are more, the count stays just below it.
    """

    step: str
    total: int
    counts: Callable[[str], bool]
    done: int = 0


def run_counted(
    argv: Sequence[str | Path],
    counting: Counting,
    report: Report,
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Run a command to its end and report progress from its output; return the lines counted.

    Its output goes to ``log`` (appended). It gets a process group of its own, which is ended with
    us: an interrupted make leaves no compilers behind.

    Raises:
        PlatformFault: it failed; the message has its last lines.
    """
    estimate = Estimator(counting.done, counting.total)
    done = counting.done
    last: deque[str] = deque(maxlen=400)
    command = [str(a) for a in argv]
    with (
        log.open("a", errors="replace") as file,
        subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            report(Progress(counting.step, done, counting.total))
            for line in process.stdout:
                file.write(line)
                last.append(line)
                if counting.counts(line):
                    done += 1
                    shown = min(done, max(counting.total - 1, 0))
                    report(Progress(counting.step, shown, counting.total, estimate.words(done)))
            code = process.wait()
        except BaseException:
            _end_group(process)
            raise
    if code != 0:
        raise PlatformFault(f"{command[0]} failed ({code}), log: {log}\n" + _telling(last))
    report(Progress(counting.step, counting.total, counting.total))
    return done - counting.done


def _end_group(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=5)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _telling(lines: Sequence[str] | deque[str]) -> str:
    """The lines that say what went wrong: a parallel make prints them far above its last line."""
    errors = [line for line in lines if "rror" in line or line.startswith("E:")]
    return "".join((errors or list(lines))[-8:]).rstrip()
