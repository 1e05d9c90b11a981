"""The default sandbox: bubblewrap, an unprivileged user, kernel limits."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from grader.build.sandbox import ENVIRONMENT, Collector, Job, Killed, Outcome, command_of, pack
from grader.errors import PlatformFault
from grader.jail import MERGED_USR_LINKS, Jail

_CHUNK = 64 * 1024
#: Killing bwrap ends its process namespace at once; this is for a host that is out of breath.
_END_SECONDS = 20.0


class BwrapSandbox:
    """Root from ``toolchain``; ``mounts`` maps a path inside to a read-only host folder.

    Memory is limited for each process and for ``/work``; a compile runs few processes at a time.
    """

    def __init__(
        self,
        toolchain: Path,
        mounts: Mapping[str, Path],
        *,
        uid: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._toolchain = toolchain
        self._mounts = dict(mounts)
        self._uid = uid
        self._clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is kept between jobs."""

    def run(self, job: Job) -> Outcome:
        """Raises:
        PlatformFault: bwrap is missing or cannot set the sandbox up.
        """
        jail = Jail(
            read_only={
                "/usr": self._toolchain / "usr",
                "/etc": self._toolchain / "etc",
                **self._mounts,
            },
            symlinks=MERGED_USR_LINKS,
            tmpfs={"/work": job.limits.work, "/dev/shm": 4096},  # noqa: S108
            environment=ENVIRONMENT,
            chdir="/work",
            uid=self._uid,
        )
        began = self._clock()
        collector = Collector(job)
        process = subprocess.Popen(
            jail.command(command_of(job, count=True)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        kill = True
        try:
            killed = self._pump(process, pack(job), collector, began + job.limits.wall_seconds)
            kill = killed is not None
        finally:
            _end(process, kill=kill)
        if not collector.started and killed is None:
            said = collector.log.decode("utf-8", "replace").strip()[-500:]
            raise PlatformFault(
                f"the bwrap sandbox did not start ({said or process.returncode}): check that "
                "bubblewrap is installed and may create namespaces, and that the image is whole "
                "(python manage.py images verify)"
            )
        return Outcome(
            exit_code=process.returncode,
            log=collector.log,
            outputs=collector.outputs() if killed is None else {},
            killed=killed,
            seconds=self._clock() - began,
        )

    def _pump(
        self, process: subprocess.Popen[bytes], data: bytes, collector: Collector, deadline: float
    ) -> Killed | None:
        """Feed and read until both outputs are closed, something is full, or the deadline."""
        assert process.stdin and process.stdout and process.stderr
        left = memoryview(data)
        with selectors.DefaultSelector() as selector:
            for stream, event, sink in (
                (process.stdin, selectors.EVENT_WRITE, None),
                (process.stdout, selectors.EVENT_READ, collector.feed_result),
                (process.stderr, selectors.EVENT_READ, collector.feed_log),
            ):
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, event, sink)
            reading = 2
            while reading:
                patience = deadline - self._clock()
                if patience <= 0:
                    return "time"
                for key, _ in selector.select(patience):
                    if key.data is None:
                        left = _write(key.fd, left)
                        if not left:
                            selector.unregister(key.fileobj)
                            process.stdin.close()
                        continue
                    came = os.read(key.fd, _CHUNK)
                    if not came:
                        selector.unregister(key.fileobj)
                        reading -= 1
                    key.data(came)
                if collector.full:
                    return "output"
        return None


def _write(pipe: int, left: memoryview) -> memoryview:
    """Write what the pipe takes; a reader that is gone takes the rest."""
    try:
        return left[os.write(pipe, left[:_CHUNK]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]


def _end(process: subprocess.Popen[bytes], *, kill: bool) -> None:
    """However it went, nothing of the job is left: its process namespace dies with bwrap."""
    if process.stdin is not None:
        process.stdin.close()
        process.stdin = None
    if kill:
        process.kill()
    try:
        # Both streams closed: the last process that held them is gone.
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise PlatformFault(
            f"a sandbox did not end within {_END_SECONDS:.0f} s of being told to: "
            "the machine is overloaded, or its disk hangs"
        ) from None
