"""A part as one file, and what is refused when it is unpacked."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from grader.errors import PlatformFault
from tests.vm_images.test_store import add_image, make_default
from vm_images.__main__ import main
from vm_images.build import tree_digest
from vm_images.packing import pack, unpack, write_tar
from vm_images.prune import prune


def make_tree(folder: Path) -> Path:
    (folder / "b" / "inner").mkdir(parents=True)
    (folder / "b" / "inner" / "program").write_text("#!/bin/sh\n")
    (folder / "b" / "inner" / "program").chmod(0o755)
    (folder / "b.txt").write_text("sorts before what is in b, as text")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "twin").hardlink_to(folder / "b.txt")
    (folder / ("long" * 40)).write_text("a name longer than an old tar holds")
    (folder / "shut").mkdir()
    (folder / "shut" / "file").write_text("x")
    (folder / "shut").chmod(0o555)
    os.mkfifo(folder / "pipe")
    return folder


def packed(folder: Path, target: Path) -> bytes:
    with target.open("wb") as file:
        write_tar(folder, file)
    return target.read_bytes()


def test_unpacked_is_as_it_was_and_packs_to_the_same_bytes(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    first = packed(tree, tmp_path / "first.tar")
    unpack(tmp_path / "first.tar", tmp_path / "copy")
    assert tree_digest(tmp_path / "copy") == tree_digest(tree)
    assert (tmp_path / "copy" / "link").readlink() == Path("/etc/passwd")
    assert (tmp_path / "copy" / "pipe").is_dir()
    assert packed(tree, tmp_path / "again.tar") == first
    assert packed(tmp_path / "copy", tmp_path / "copied.tar") == first


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o644
    return info


@pytest.mark.parametrize(
    "members",
    [
        [member("../outside")],
        [member("/tmp/outside")],
        [member("a/../../outside")],
        [member("no-such-folder/file")],
        [member("out", tarfile.SYMTYPE, "/tmp"), member("out/file")],
        [member("out", tarfile.SYMTYPE, ".."), member("out/file")],
        [member("file", tarfile.SYMTYPE, "../outside"), member("file")],
        [member("hard", tarfile.LNKTYPE, "/etc/passwd")],
        [member("sda", tarfile.BLKTYPE)],
        [member("null", tarfile.CHRTYPE)],
        [member("pipe", tarfile.FIFOTYPE)],
        [member("sparse", tarfile.GNUTYPE_SPARSE)],
        [member("twice"), member("twice")],
        [member("./file")],
        [member(".", tarfile.DIRTYPE)],
    ],
    ids=lambda members: members[-1].name + str(len(members)),
)
def test_what_could_lead_out_is_refused(tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    archive = tmp_path / "bad.tar"
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as file:
        for each in members:
            file.addfile(each, io.BytesIO(b""))
    (tmp_path / "in").mkdir()
    with pytest.raises((PlatformFault, FileExistsError)):
        unpack(archive, tmp_path / "in" / "target")
    assert not (tmp_path / "outside").exists()
    assert not (tmp_path / "in" / "outside").exists()
    assert not Path("/tmp/outside").exists()
    assert not Path("/tmp/file").exists()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.tar").write_bytes(b"no tar" * 2000)
    with pytest.raises(PlatformFault, match=r"bad.tar is no archive of a part"):
        unpack(tmp_path / "bad.tar", tmp_path / "target")


def add_part(home: Path, name: str, created: str) -> Path:
    folder = home / "parts" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "part.json").write_text(created)
    (folder / "file").write_text(created)
    return folder


def test_a_part_is_packed_once_and_again_when_it_was_made_again(tmp_path: Path) -> None:
    folder = add_part(tmp_path, "kernel-1", "yesterday")
    first = pack(tmp_path, "kernel-1")
    (folder / "file").write_text("changed behind our back")
    assert pack(tmp_path, "kernel-1") == first
    add_part(tmp_path, "kernel-1", "today, with newer packages")
    second = pack(tmp_path, "kernel-1")
    assert second.path != first.path
    assert second.sha256 != first.sha256


def test_a_part_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PlatformFault, match="images build"):
        pack(tmp_path, "kernel-1")


def test_prune_removes_what_was_packed_of_old_parts_and_half_loaded_ones(tmp_path: Path) -> None:
    for name, created in (("old", "2024-01-01"), ("new", "2025-01-01")):
        add_image(tmp_path, name, created)
        add_part(tmp_path, f"kernel-{name}", created)
        pack(tmp_path, f"kernel-{name}")
    make_default(tmp_path, "new")
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "kernel-new-0.tar").write_text("half")
    prune(tmp_path)
    kept = {path.name.rpartition("-")[0] for path in (tmp_path / "packed").iterdir()}
    assert kept == {"kernel-new"}
    assert not list((tmp_path / "downloads").iterdir())


def test_packing_beforehand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_image(tmp_path, "a", "2025-01-01")
    for kind in ("kernel-a", "agent-a", "root-a", "toolchain-0"):
        add_part(tmp_path, kind, "2025-01-01")
    make_default(tmp_path, "a")
    assert main(["--home", str(tmp_path), "pack"]) == 0
    said = capsys.readouterr().out
    assert said.count("sha256") == 4
    assert "base-a" not in said
