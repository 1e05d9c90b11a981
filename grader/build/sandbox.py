"""What a sandbox is: one job in, its log and a few files out. The two kinds share this page.

Inside there is the toolchain (``/usr``, ``/etc``), the kernel's build tree (``/kernel``), both
read-only, and an empty ``/work`` in memory. Files come in as a tar on standard input and go out
as one on standard output; log is standard error. No folder of the host is shared for writing.
"""

from __future__ import annotations

import io
import shlex
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

from grader.jail import Limits

MIB = 1024 * 1024

Killed = Literal["time", "memory", "output"]

#: All that a job sees of an environment.
ENVIRONMENT = {"PATH": "/usr/bin:/usr/sbin", "LC_ALL": "C", "HOME": "/work", "TMPDIR": "/work"}

_READY = b"ringmark sandbox ready\n"
#: tar(1) on top of a job's own result: its headers and padding.
_TAR_SLACK = 64 * 1024


@dataclass(frozen=True)
class JobLimits:
    """Sizes in bytes, times in seconds. Defaults are some 20 times what a TP's build needs; the
    wall clock's is far more, since on a busy machine it is not the module that takes the time.

    ``address_space``, ``cpu_seconds`` and ``file_size`` hold for each process, the others for
    the job. ``log`` and ``output`` are how much of either is taken before the job is ended.
    """

    wall_seconds: float = 300.0
    cpu_seconds: int = 40
    address_space: int = 1024 * MIB
    processes: int = 64
    file_size: int = 64 * MIB
    work: int = 128 * MIB
    log: int = 1 * MIB
    output: int = 32 * MIB

    def of_processes(self, *, count: bool) -> Limits:
        """What the kernel enforces. ``count`` limits the number of processes, too."""
        return Limits(
            address_space=self.address_space,
            file_size=self.file_size,
            processes=self.processes if count else None,
            cpu_seconds=self.cpu_seconds,
        )


@dataclass(frozen=True)
class Job:
    """``files`` and ``outputs`` are paths relative to ``/work``; ``argv`` runs there."""

    argv: Sequence[str]
    files: Mapping[str, bytes] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    limits: JobLimits = JobLimits()


@dataclass(frozen=True)
class Outcome:
    """``log`` is standard output and error, cut at the job's limit. An output that the job did
    not leave is not in ``outputs``. ``killed`` says which limit of the whole job ended it."""

    exit_code: int
    log: bytes
    outputs: Mapping[str, bytes]
    killed: Killed | None
    seconds: float


class Sandbox(Protocol):
    """Runs jobs, each in a fresh, empty place. Safe to use from several threads.

    ``run`` raises PlatformFault when the sandbox itself does not start.
    """

    def run(self, job: Job) -> Outcome: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def command_of(job: Job, *, count: bool) -> list[str]:
    """What runs inside: unpack, say so, run ``argv`` under the limits, pack the outputs.

    ``argv`` has no standard input; what it prints anywhere is the log.
    """
    wanted = " ".join(shlex.quote(name) for name in job.outputs)
    script = (
        f"cd /work && tar -xf - --no-same-owner || exit 125\n"
        f"printf '%s' {shlex.quote(_READY.decode())}\n"
        f'"$@" >&2 </dev/null\n'
        f"code=$?\n"
        f"set --\n"
        f'for name in {wanted}; do if [ -f "$name" ] && [ ! -L "$name" ]; then '
        f'set -- "$@" "$name"; fi; done\n'
        f'[ $# -eq 0 ] || tar -cf - -- "$@" || exit 125\n'
        f"exit $code\n"
    )
    return job.limits.of_processes(count=count).command(["sh", "-c", script, "job", *job.argv])


def pack(job: Job) -> bytes:
    """The job's files as a tar for its standard input."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folders = {str(parent) for name in job.files for parent in _parents(name)}
        for folder in sorted(folders):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(info)
        for name, data in job.files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    return raw.getvalue()


def _parents(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


class Collector:
    """Gathers what comes out of a job, and knows when it is too much. Nothing in it is trusted."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._log = bytearray()
        self._result = bytearray()
        self.full = False

    def feed_log(self, data: bytes) -> None:
        room = self._job.limits.log - len(self._log)
        self._log += data[: max(room, 0)]
        self.full = self.full or len(data) > room

    def feed_result(self, data: bytes) -> None:
        room = self._job.limits.output + _TAR_SLACK - len(self._result)
        self._result += data[: max(room, 0)]
        self.full = self.full or len(data) > room

    @property
    def log(self) -> bytes:
        return bytes(self._log)

    @property
    def started(self) -> bool:
        """The job's files were unpacked: from here on, failures are the job's own."""
        return self._result.startswith(_READY)

    def outputs(self) -> dict[str, bytes]:
        """The regular files that were asked for. A tar that makes no sense has none of them."""
        found: dict[str, bytes] = {}
        packed = io.BytesIO(self._result[len(_READY) :])
        try:
            with tarfile.open(fileobj=packed, mode="r:") as archive:
                for info in archive:
                    file = archive.extractfile(info) if info.isreg() else None
                    if file is not None and info.name in self._job.outputs and not info.issparse():
                        found[info.name] = file.read(self._job.limits.output)
        except (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError):
            return {}
        return found
