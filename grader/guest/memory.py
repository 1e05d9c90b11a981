"""Guest RAM in anonymous files: sealed against writing, copied without their holes."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import PlatformFault

MIB = 1024 * 1024
#: Unit of the digest, in bytes.
BLOCK = 64 * 1024

#: <linux/fcntl.h>; Python 3.11's fcntl has no names for them on every build.
F_ADD_SEALS = 1033
F_GET_SEALS = 1034
F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE = 1, 2, 4, 8
ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE


class Memory:
    """An anonymous file (memfd) of a fixed size. A context manager that owns its descriptor."""

    def __init__(self, name: str, size: int) -> None:
        """``size`` in bytes; it starts as one hole."""
        self.fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, size)

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return os.fstat(self.fd).st_size

    def seal(self) -> None:
        """Refuse every later write and change of size, by anybody, for good.

        A private mapping still works. This is what keeps a QEMU that a student's module took over
        from changing the template: QEMU 7.2 opens a RAM file for writing even with share=off.
        """
        fcntl.fcntl(self.fd, F_ADD_SEALS, ALL_SEALS)

    @contextmanager
    def reader(self) -> Iterator[int]:
        """A read-only descriptor with a position of its own.

        A descriptor that is inherited shares its position with its original: two restores that
        read the same one at once would each get half.
        """
        fd = os.open(f"/proc/self/fd/{self.fd}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield fd
        finally:
            os.close(fd)

    def close(self) -> None:
        """Give the memory back; harmless when done twice."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def extents(fd: int) -> Iterator[tuple[int, int]]:
    """The (offset, length) of each part of a file that is not a hole, in order."""
    end = os.fstat(fd).st_size
    at = 0
    while at < end:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as fault:
            if fault.errno == errno.ENXIO:  # nothing but hole from here on
                return
            raise
        at = min(os.lseek(fd, start, os.SEEK_HOLE), end)
        yield start, at - start


def copy_sparse(source: int, target: int) -> int:
    """Copy a file's data to the same places of another, holes left out. Returns bytes copied."""
    os.ftruncate(target, os.fstat(source).st_size)
    copied = 0
    for start, length in list(extents(source)):
        os.lseek(target, start, os.SEEK_SET)
        done = 0
        while done < length:
            sent = os.sendfile(target, source, start + done, length - done)
            if sent == 0:
                raise PlatformFault("a template's file became shorter while it was being copied")
            done += sent
        copied += length
    return copied


def digest(fd: int) -> str:
    """SHA-256 over the size and every block that is not all zero, with its place: hex.

    A hole and a block of zeros count the same, so a copy has its original's digest.
    """
    seen = hashlib.sha256(str(os.fstat(fd).st_size).encode())
    zeros = bytes(BLOCK)
    after = 0
    for start, length in extents(fd):
        for at in range(max(after, start // BLOCK * BLOCK), start + length, BLOCK):
            block = os.pread(fd, BLOCK, at)
            if block != zeros[: len(block)]:
                seen.update(f":{at}:".encode())
                seen.update(block)
            after = at + BLOCK
    return seen.hexdigest()


def load_sealed(path: Path, name: str) -> Memory:
    """A sealed copy in memory of a file that holds RAM or device state."""
    with path.open("rb") as file:
        memory = Memory(name, 0)
        try:
            copy_sparse(file.fileno(), memory.fd)
            memory.seal()
        except BaseException:
            memory.close()
            raise
    return memory
