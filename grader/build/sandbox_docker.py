"""The other sandbox: a Docker container per job, through the Docker SDK.

The image is imported from the same toolchain root that bubblewrap uses, once, under a tag of the
root's own id; nothing is pulled from a registry.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import docker
from docker.errors import DockerException, ImageNotFound

from grader.build.sandbox import (
    ENVIRONMENT,
    MIB,
    Collector,
    Job,
    Killed,
    Outcome,
    command_of,
    pack,
)
from grader.errors import PlatformFault

_REPOSITORY = "ringmark-toolchain"
#: How the root is packed; part of the tag.
_PACKING = "1"
_LABEL = {"org.ringmark.sandbox": "build"}
_CHUNK = 64 * 1024
#: For the engine's own answers: importing the toolchain is the longest.
_ENGINE_SECONDS = 300
#: For a container to be gone after its streams are closed.
_END_SECONDS = 60
#: Multiplexed stream of the engine's API (attach): stream type, three zero bytes, length.
_HEADER = struct.Struct(">BxxxL")
_STDOUT = 1
#: On top of the address space of one compiler: what make, sh and the assembler need beside it.
_BESIDE = 256 * MIB


class DockerSandbox:
    """One container per job; always removed. ``mounts`` as for BwrapSandbox."""

    def __init__(
        self,
        client: Any,
        image: str,
        mounts: Mapping[str, Path],
        *,
        uid: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._image = image
        self._mounts = mounts
        self._uid = uid
        self._clock = clock

    @classmethod
    def connect(cls, toolchain: Path, mounts: Mapping[str, Path], *, uid: int) -> Self:
        """Reach the engine (``DOCKER_HOST``, else its usual socket) and have the image ready.

        Raises:
            PlatformFault: no engine answers, or the toolchain cannot be imported.
        """
        try:
            client = docker.from_env(timeout=_ENGINE_SECONDS)
            client.ping()
        except (DockerException, OSError) as problem:
            raise PlatformFault(
                f"no Docker engine answers ({problem}): install docker.io, start it and let this "
                "user use it, or set the sandbox to 'bwrap'"
            ) from problem
        tag = f"{toolchain.resolve().parent.name.removeprefix('toolchain-')}-{_PACKING}"
        image = f"{_REPOSITORY}:{tag}"
        try:
            _have_image(client, image, tag, toolchain)
        except (DockerException, OSError) as problem:
            raise PlatformFault(
                f"the Docker engine could not import the toolchain: {problem}"
            ) from problem
        return cls(client, image, mounts, uid=uid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def run(self, job: Job) -> Outcome:
        """Raises:
        PlatformFault: the engine cannot create, start or watch the container.
        """
        began = self._clock()
        collector = Collector(job)
        try:
            container = self._create(job)
            try:
                deadline = began + job.limits.wall_seconds
                killed = self._attached(container, pack(job), collector, deadline)
                if killed is not None:
                    _kill(container)
                code, out_of_memory = _ended(container)
            finally:
                container.remove(force=True, v=True)
        except (DockerException, OSError) as problem:
            raise PlatformFault(f"the docker sandbox failed: {problem}") from problem
        if killed is None and out_of_memory:
            killed = "memory"
        if not collector.started and killed is None:
            said = collector.log.decode("utf-8", "replace").strip()[-500:]
            raise PlatformFault(f"the docker sandbox did not start: {said or code}")
        return Outcome(
            exit_code=code,
            log=collector.log,
            outputs=collector.outputs() if killed is None else {},
            killed=killed,
            seconds=self._clock() - began,
        )

    def _create(self, job: Job) -> Any:
        limits = job.limits
        memory = limits.address_space + limits.work + _BESIDE
        return self._client.containers.create(
            self._image,
            # pids_limit counts this container's processes; RLIMIT_NPROC would count the user's.
            command=command_of(job, count=False),
            stdin_open=True,
            init=False,
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            pids_limit=limits.processes,
            mem_limit=memory,
            memswap_limit=memory,
            shm_size="64k",
            tmpfs={"/work": f"size={limits.work},mode=1777"},
            volumes={
                str(folder): {"bind": inside, "mode": "ro"}
                for inside, folder in self._mounts.items()
            },
            user=f"{self._uid}:{self._uid}",
            working_dir="/work",
            environment=ENVIRONMENT,
            log_config={"type": "none"},
            labels=_LABEL,
        )

    def _attached(
        self, container: Any, data: bytes, collector: Collector, deadline: float
    ) -> Killed | None:
        """Attach, start, feed and read until the container closes its side."""
        raw = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        # The SDK hands out a read-only file object; the socket below it goes both ways.
        channel: socket.socket = getattr(raw, "_sock", raw)
        try:
            container.start()
            return self._pump(channel, data, collector, deadline)
        finally:
            # Closed both ways: an engine that still has output for us would wait for ever, and
            # not even notice that its container is gone.
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)
            channel.close()
            raw.close()

    def _pump(
        self, channel: socket.socket, data: bytes, collector: Collector, deadline: float
    ) -> Killed | None:
        left = memoryview(data)
        frames = _Frames(collector)
        channel.setblocking(False)
        both = selectors.EVENT_READ | selectors.EVENT_WRITE
        with selectors.DefaultSelector() as selector:
            selector.register(channel, both)
            while True:
                patience = deadline - self._clock()
                if patience <= 0:
                    return "time"
                for _, events in selector.select(patience):
                    if events & selectors.EVENT_WRITE:
                        left = _send(channel, left)
                        if not left:
                            selector.modify(channel, selectors.EVENT_READ)
                    if events & selectors.EVENT_READ:
                        came = channel.recv(_CHUNK)
                        if not came:
                            return None
                        frames.feed(came)
                if collector.full:
                    return "output"


class _Frames:
    """Takes the engine's multiplexed stream apart."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._header = b""
        self._left = 0
        self._stream = 0

    def feed(self, data: bytes) -> None:
        while data:
            if self._left == 0:
                need = _HEADER.size - len(self._header)
                self._header, data = self._header + data[:need], data[need:]
                if len(self._header) < _HEADER.size:
                    return
                self._stream, self._left = _HEADER.unpack(self._header)
                self._header = b""
            part, data = data[: self._left], data[self._left :]
            self._left -= len(part)
            if self._stream == _STDOUT:
                self._collector.feed_result(part)
            else:
                self._collector.feed_log(part)


def _send(channel: socket.socket, left: memoryview) -> memoryview:
    try:
        return left[channel.send(left[:_CHUNK]) :]
    except BlockingIOError:
        return left
    except (BrokenPipeError, ConnectionResetError):
        return left[:0]


def _kill(container: Any) -> None:
    # It may have ended by itself meanwhile: what wait() says decides.
    with contextlib.suppress(DockerException):
        container.kill()


def _ended(container: Any) -> tuple[int, bool]:
    """The exit code, and whether the memory limit ended it."""
    code = int(container.wait(timeout=_END_SECONDS)["StatusCode"])
    container.reload()
    return code, bool(container.attrs["State"].get("OOMKilled"))


def _have_image(client: Any, image: str, tag: str, toolchain: Path) -> None:
    try:
        client.images.get(image)
    except ImageNotFound:
        client.api.import_image_from_stream(
            _root_as_tar(toolchain), repository=_REPOSITORY, tag=tag
        )
        client.images.get(image)


def _root_as_tar(toolchain: Path) -> Iterator[bytes]:
    """The root without its /dev, /proc and the like, in the order of the folder, in pieces."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as file, tarfile.open(fileobj=file, mode="w|") as archive:
            for name in ("usr", "etc", "bin", "sbin", "lib", "lib64"):
                archive.add(toolchain / name, arcname=name)
            for name in ("work", "kernel", "dev", "proc", "sys", "tmp"):
                info = tarfile.TarInfo(name)
                # The engine gives a tmpfs the mode of the folder below it.
                info.type, info.mode = tarfile.DIRTYPE, 0o1777 if name == "work" else 0o755
                archive.addfile(info)

    threading.Thread(target=write, name="toolchain-tar", daemon=True).start()
    with os.fdopen(reading, "rb") as file:
        while piece := file.read(1024 * 1024):
            yield piece
