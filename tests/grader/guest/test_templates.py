"""A template is whole or it is booted again, and it belongs to what it was made from."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.errors import PlatformFault
from grader.guest.boot import BootFault, BootLimits
from grader.guest.hypervisor import Hypervisor
from grader.guest.memory import Memory
from grader.guest.template import load, locked, store
from grader.image import Image

pytestmark = pytest.mark.image


@pytest.fixture
def copied(hypervisor: Hypervisor, tmp_path: Path) -> Iterator[tuple[Hypervisor, Path]]:
    """A second hypervisor whose home holds a copy of the first one's template."""
    source = hypervisor.template_folder()
    target = tmp_path / "templates" / source.name
    shutil.copytree(source, target)
    with Hypervisor(hypervisor.image, tmp_path, accel=hypervisor.accelerator) as second:
        yield second, target


class Booted(Exception):
    """Stands for a boot that was begun."""


@contextmanager
def noticing_boots(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def boot(*args: object) -> None:
        raise Booted

    monkeypatch.setattr(Hypervisor, "_make", boot)
    yield


def test_a_whole_template_is_used_without_a_boot(
    copied: tuple[Hypervisor, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with noticing_boots(monkeypatch):
        copied[0].prepare()


@pytest.mark.parametrize("damage", ["ram cut", "state cut", "ram altered", "no facts", "facts cut"])
def test_a_damaged_template_is_booted_again(
    copied: tuple[Hypervisor, Path], monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    second, folder = copied
    match damage.split():
        case ["facts", "cut"]:
            facts = folder / "template.json"
            facts.write_text(facts.read_text()[:40])
        case ["no", "facts"]:
            (folder / "template.json").unlink()
        case [name, "cut"]:
            os.truncate(folder / name, (folder / name).stat().st_size // 2)
        case [name, "altered"]:
            with (folder / name).open("r+b") as file:
                file.seek(300 * 4096)
                byte = file.read(1)
                file.seek(300 * 4096)
                file.write(bytes([byte[0] ^ 1]))
    with noticing_boots(monkeypatch), pytest.raises(Booted):
        second.prepare()


def test_an_interrupted_save_leaves_no_template(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "key"
    with Memory("ram", 4096) as ram, Memory("state", 4096) as state:
        state.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            store(folder, ram, state, {})
    assert list(folder.parent.iterdir()) == []


def test_a_saved_template_is_read_back(hypervisor: Hypervisor, tmp_path: Path) -> None:
    machine = hypervisor.template().machine
    with Memory("ram", 8192) as ram, Memory("state", 0) as state:
        os.pwrite(ram.fd, b"memory", 5000)
        os.pwrite(state.fd, b"devices", 0)
        store(tmp_path / "key", ram, state, {"image": "abc"})
    template = load(tmp_path / "key", machine)
    assert template is not None
    with template:
        assert os.pread(template.ram.fd, 6, 5000) == b"memory"
        assert os.pread(template.state.fd, 99, 0) == b"devices"
        assert template.facts["image"] == "abc"
    told = json.loads((tmp_path / "key" / "template.json").read_text())
    assert told["parts"]["ram"]["size"] == 8192


def test_another_image_needs_another_template(hypervisor: Hypervisor, tmp_path: Path) -> None:
    other = dataclasses.replace(hypervisor.image, id="0" * 12)
    with Hypervisor(other, tmp_path, accel="tcg") as second:
        assert second.template_folder().name != hypervisor.template_folder().name


def test_two_processes_do_not_boot_the_same_template(tmp_path: Path) -> None:
    order = []
    reading, writing = os.pipe()
    with locked(tmp_path / "key"):
        child = os.fork()
        if child == 0:
            with locked(tmp_path / "key"):
                os.write(writing, b"child")
            os._exit(0)
        os.set_blocking(reading, False)
        with pytest.raises(BlockingIOError):
            os.read(reading, 10)
        order.append("parent")
    os.waitpid(child, 0)
    order.append(os.read(reading, 10).decode())
    os.close(reading)
    os.close(writing)
    assert order == ["parent", "child"]


def test_a_guest_that_does_not_come_up_is_our_fault_and_its_console_is_told(
    image: Image, tmp_path: Path
) -> None:
    empty = tmp_path / "root.erofs"
    empty.write_bytes(bytes(1 << 20))
    broken = dataclasses.replace(image, root_disk=empty)
    with (
        Hypervisor(broken, tmp_path, accel="tcg") as second,
        pytest.raises(BootFault, match=r"(?s)it ended: .*Kernel panic.*console ended.*Unable"),
    ):
        second.prepare()
    assert not list((tmp_path / "templates").glob("*/"))


def test_a_boot_has_a_deadline(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.guest.hypervisor.BootLimits", lambda: BootLimits(deadline=1.0))
    with (
        Hypervisor(image, tmp_path, accel="tcg") as second,
        pytest.raises(PlatformFault, match=r"not up within 1 s|did not answer"),
    ):
        second.prepare()


def test_a_silent_guest_does_not_wait_for_the_deadline(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "grader.guest.hypervisor.BootLimits", lambda: BootLimits(deadline=600, silence=0.5)
    )
    with (
        Hypervisor(image, tmp_path, accel="tcg") as second,
        pytest.raises(BootFault, match=r"silent for 0\.5 s"),
    ):
        second.prepare()
