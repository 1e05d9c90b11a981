"""QEMU runs as nobody in particular, without rights, network or sight of the host."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from grader.guest.confine import QEMU_UID
from grader.guest.hypervisor import Hypervisor
from tests.grader.guest.processes import qemu_below

pytestmark = pytest.mark.image


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_qemu_has_no_rights(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        seen = status(qemu_below(guest.process.pid))
    uid = QEMU_UID if os.getuid() == 0 else os.getuid()
    assert seen["Uid"].split() == [str(uid)] * 4
    assert uid != 0
    assert int(seen["CapEff"], 16) == int(seen["CapPrm"], 16) == 0
    assert seen["NoNewPrivs"] == "1"
    assert seen["Seccomp"] == "2"


def test_qemu_has_no_network_and_namespaces_of_its_own(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        pid = qemu_below(guest.process.pid)
        for kind in ("net", "pid", "mnt", "ipc", "uts"):
            theirs, ours = Path(f"/proc/{pid}/ns/{kind}"), Path(f"/proc/self/ns/{kind}")
            assert theirs.readlink() != ours.readlink()
        interfaces = Path(f"/proc/{pid}/net/dev").read_text()
    assert re.findall(r"^\s*(\w+):", interfaces, re.MULTILINE) == ["lo"]


def test_qemu_sees_programs_and_the_image_and_nothing_else(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        root = Path(f"/proc/{qemu_below(guest.process.pid)}/root")
        top = {entry.name for entry in root.iterdir()}
        with pytest.raises(OSError, match="Read-only file system"):
            (root / "root.erofs").open("r+b")
    links = {"bin", "sbin", "lib", "lib64"}
    assert top - links == {"usr", "dev", "proc", "bzImage", "root.erofs"}


def test_qemu_holds_no_descriptor_of_a_file_that_it_could_change(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        folder = Path(f"/proc/{qemu_below(guest.process.pid)}/fd")
        held = {entry: str(entry.readlink()) for entry in folder.iterdir()}
        for entry, target in held.items():
            writable = os.lstat(entry).st_mode & 0o200
            if target.startswith("/") and not target.startswith(("/memfd:", "/dev/null")):
                assert not writable, target


def test_limits_are_set(hypervisor: Hypervisor) -> None:
    with hypervisor.restore() as guest:
        limits = Path(f"/proc/{qemu_below(guest.process.pid)}/limits").read_text()
    for name in ("Max address space", "Max file size", "Max open files", "Max processes"):
        (line,) = re.findall(rf"^{name}.*$", limits, re.MULTILINE)
        assert "unlimited" not in line.split()[3], line
    assert re.search(r"^Max core file size\s+0\s", limits, re.MULTILINE)
