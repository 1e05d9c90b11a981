"""Guest RAM: sealed against everybody, copied with its holes, told apart by its digest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.guest.memory import MIB, Memory, copy_sparse, digest, load_sealed

places = st.dictionaries(st.integers(0, 255), st.binary(min_size=1, max_size=5000), max_size=8)


def filled(memory: Memory, content: dict[int, bytes]) -> None:
    for page, data in content.items():
        os.pwrite(memory.fd, data[: MIB - page * 4096], page * 4096)


@settings(max_examples=40)
@given(places)
def test_a_sparse_copy_has_the_same_bytes_and_the_same_digest(content: dict[int, bytes]) -> None:
    with Memory("a", MIB) as source, Memory("b", 0) as target:
        filled(source, content)
        copy_sparse(source.fd, target.fd)
        assert os.pread(target.fd, MIB, 0) == os.pread(source.fd, MIB, 0)
        assert digest(target.fd) == digest(source.fd)


@settings(max_examples=40)
@given(places, st.integers(0, MIB - 1))
def test_one_changed_bit_changes_the_digest(content: dict[int, bytes], at: int) -> None:
    with Memory("a", MIB) as memory:
        filled(memory, content)
        before = digest(memory.fd)
        byte = os.pread(memory.fd, 1, at)
        os.pwrite(memory.fd, bytes([byte[0] ^ 1]), at)
        assert digest(memory.fd) != before
        os.pwrite(memory.fd, byte, at)
        assert digest(memory.fd) == before


def test_holes_are_not_copied() -> None:
    with Memory("a", 64 * MIB) as source, Memory("b", 0) as target:
        os.pwrite(source.fd, b"x", 32 * MIB)
        assert copy_sparse(source.fd, target.fd) == 4096
        assert os.fstat(target.fd).st_blocks * 512 < MIB


def test_sealed_memory_refuses_writes_also_through_a_new_descriptor(tmp_path: Path) -> None:
    (tmp_path / "ram").write_bytes(b"template")
    with load_sealed(tmp_path / "ram", "ram") as memory:
        again = os.open(f"/proc/self/fd/{memory.fd}", os.O_RDWR)
        try:
            for fd in (memory.fd, again):
                with pytest.raises(PermissionError):
                    os.pwrite(fd, b"X", 0)
                with pytest.raises(PermissionError):
                    os.ftruncate(fd, 0)
        finally:
            os.close(again)
        assert os.pread(memory.fd, 100, 0) == b"template"


def test_two_readers_do_not_share_a_position() -> None:
    with Memory("a", 0) as memory:
        os.pwrite(memory.fd, b"state", 0)
        with memory.reader() as first, memory.reader() as second:
            assert os.read(first, 100) == b"state"
            assert os.read(second, 100) == b"state"
