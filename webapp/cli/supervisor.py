"""Run Redis, web and worker in the foreground, and end them all together. No Django in here."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Self

from webapp.cli.priority import put_first

#: A child that ends by itself this often in a minute is not started again.
RESTARTS_PER_MINUTE = 5
#: Seconds that children get to finish after being asked to.
GRACE = 15.0


@dataclass(frozen=True)
class Service:
    """One long-running child. ``first``: people wait for it, so it goes before markings."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    first: bool = False


class Supervisor:
    """Starts services in order, restarts what dies, stops all in reverse order.

    Each child has a session of its own, so that Ctrl-C in the terminal reaches the supervisor
    alone and children end in an orderly way.
    """

    def __init__(self, say: Callable[[str], None]):
        self._say = say
        self._running: list[tuple[Service, subprocess.Popen[bytes]]] = []
        self._restarts: dict[str, list[float]] = {}
        self._stopping = False

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._asked_to_stop)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        """Stops everything. Being asked to stop, at whatever moment, is no error."""
        self.stop()
        return kind is _Stop

    def start(self, service: Service) -> None:
        child = subprocess.Popen(
            service.argv, env={**os.environ, **service.environment}, start_new_session=True
        )
        if service.first:
            put_first(child.pid)
        self._running.append((service, child))

    def wait(self) -> int:
        """Until somebody asks to stop (0), or a service cannot be kept running (1)."""
        while not self._stopping:
            # Any child's end wakes this; a signal does too (PEP 475 does not restart sigtimedwait).
            pid, status = self._next_end()
            if pid == 0:
                continue
            if not self._replace(pid, status):
                return 1
        return 0

    def _next_end(self) -> tuple[int, int]:
        if self._stopping:
            return 0, 0
        try:
            return os.waitpid(-1, 0)
        except _Stop:
            return 0, 0

    def _replace(self, pid: int, status: int) -> bool:
        for index, (service, child) in enumerate(self._running):
            if child.pid != pid:
                continue
            child.returncode = os.waitstatus_to_exitcode(status)
            if self._stopping:
                return True
            recent = [t for t in self._restarts.get(service.name, []) if t > time.monotonic() - 60]
            if len(recent) >= RESTARTS_PER_MINUTE:
                self._say(
                    f"{service.name} ends again and again (exit {child.returncode}): stopping"
                )
                return False
            self._restarts[service.name] = [*recent, time.monotonic()]
            self._say(f"{service.name} ended (exit {child.returncode}): starting it again")
            del self._running[index]
            self.start(service)
            return True
        return True

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        raise _Stop

    def stop(self) -> None:
        """Ask in reverse order, then insist."""
        self._stopping = True
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for service, child in reversed(self._running):
            if child.poll() is None:
                child.send_signal(service.stop_signal)
                try:
                    child.wait(GRACE)
                except subprocess.TimeoutExpired:
                    self._say(f"{service.name} does not end: killed")
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
        self._running.clear()


class _Stop(BaseException):
    """Raised by the signal handler to leave a blocking wait."""
