"""Listing, verifying and pruning images, on a made-up store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.errors import ImageMissing, PlatformFault
from vm_images.__main__ import main
from vm_images.build import linked, list_images, tree_digest
from vm_images.parts import file_digest
from vm_images.prune import prune
from vm_images.verify import verify_image


def add_image(
    home: Path, name: str, created: str, shared: str = "toolchain-0", flavour: str = "sanitizers"
) -> Path:
    """An image with parts of its own and one shared toolchain."""
    parts = {kind: f"{kind}-{name}" for kind in ("kernel", "base", "agent", "root")}
    parts["toolchain"] = shared
    for part in parts.values():
        (home / "parts" / part / "devel").mkdir(parents=True, exist_ok=True)
        (home / "parts" / part / "file").write_text(part * 1000)
    file = home / "parts" / parts["kernel"] / "file"
    tree = home / "parts" / parts["kernel"] / "devel"
    (tree / "Makefile").write_text("all:")
    manifest = {
        "id": name,
        "flavour": flavour,
        "created": created,
        "cmdline": "",
        "kernel": {"release": "6.12"},
        "parts": parts,
        "files": {
            str(file.relative_to(home)): {
                "sha256": file_digest(file),
                "size": file.stat().st_size,
            }
        },
        "trees": {str(tree.relative_to(home)): tree_digest(tree)},
    }
    folder = home / "images" / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    template = home / "templates" / f"t{name}"
    template.mkdir(parents=True)
    (template / "template.json").write_text(json.dumps({"image": name}))
    recording = home / "recordings" / f"r{name}"
    recording.mkdir(parents=True)
    depends = {"parts": {kind: parts[kind] for kind in ("kernel", "toolchain")}}
    (recording / "recording.json").write_text(json.dumps(depends))
    return file


def make_default(home: Path, name: str) -> None:
    (home / "images" / "default").symlink_to(name)


def left(home: Path) -> set[str]:
    kinds = ("images", "parts", "templates", "recordings")
    return {path.name for kind in kinds for path in (home / kind).iterdir()}


def test_images_are_listed_by_age_and_once(tmp_path: Path) -> None:
    add_image(tmp_path, "b", "2024-01-01")
    add_image(tmp_path, "a", "2025-01-01")
    make_default(tmp_path, "a")
    assert [image.id for image in list_images(tmp_path)] == ["b", "a"]


def test_prune_keeps_the_newest_with_all_its_parts_and_templates(tmp_path: Path) -> None:
    add_image(tmp_path, "old", "2024-01-01")
    add_image(tmp_path, "new", "2025-01-01")
    make_default(tmp_path, "new")
    (tmp_path / "parts" / ".root-x.partial").mkdir()
    (tmp_path / "templates" / "half").mkdir()
    (tmp_path / "recordings" / "half").mkdir()

    pruned = prune(tmp_path)

    assert left(tmp_path) == {
        "default", "new", "tnew", "rnew", "kernel-new", "base-new", "agent-new", "root-new",
        "toolchain-0",
    }  # fmt: skip
    assert pruned.bytes >= 4 * 4096
    assert "parts/kernel-old" in pruned.names


def test_prune_never_removes_the_default_image(tmp_path: Path) -> None:
    add_image(tmp_path, "used", "2024-01-01")
    add_image(tmp_path, "new", "2025-01-01")
    make_default(tmp_path, "used")
    assert prune(tmp_path).names == ()


def test_prune_keeps_an_image_of_each_flavour(tmp_path: Path) -> None:
    add_image(tmp_path, "old", "2024-01-01", flavour="race")
    add_image(tmp_path, "race1", "2024-01-02", flavour="race")
    add_image(tmp_path, "newer", "2025-01-01")
    prune(tmp_path)
    assert {"race1", "kernel-race1", "trace1", "newer"} <= left(tmp_path)
    assert "old" not in left(tmp_path)


def test_prune_never_removes_the_race_image_in_use(tmp_path: Path) -> None:
    add_image(tmp_path, "used", "2024-01-01", flavour="race")
    add_image(tmp_path, "new", "2025-01-01", flavour="race")
    (tmp_path / "images" / "race").symlink_to("used")
    assert prune(tmp_path).names == ()


def test_the_links_that_exist_are_known(tmp_path: Path) -> None:
    add_image(tmp_path, "a", "2025-01-01")
    make_default(tmp_path, "a")
    assert linked(tmp_path) == {"default": "a"}


def test_verify_reads_every_image_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_image(tmp_path, "a", "2025-01-01")
    make_default(tmp_path, "a")
    add_image(tmp_path, "b", "2025-01-01", flavour="race").unlink()
    (tmp_path / "images" / "race").symlink_to("b")
    assert main(["--home", str(tmp_path), "verify"]) == 1
    said = capsys.readouterr().out
    assert "default: every file is as it was built" in said
    assert "parts/kernel-b/file is missing" in said


def test_list_says_which_images_are_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_image(tmp_path, "a", "2025-01-01")
    add_image(tmp_path, "b", "2025-01-02", flavour="race")
    make_default(tmp_path, "a")
    (tmp_path / "images" / "race").symlink_to("b")
    assert main(["--home", str(tmp_path), "list"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(line[0], line[2], line[-1]) for line in lines] == [
        ("a", "sanitizers", "default"), ("b", "race", "race"),
    ]  # fmt: skip


def test_prune_of_nothing_removes_nothing(tmp_path: Path) -> None:
    assert prune(tmp_path).bytes == 0


def test_prune_refuses_to_keep_none(tmp_path: Path) -> None:
    with pytest.raises(PlatformFault):
        prune(tmp_path, keep=0)


def test_an_untouched_image_has_no_problems(tmp_path: Path) -> None:
    add_image(tmp_path, "a", "2025-01-01")
    assert verify_image(tmp_path, "a") == []


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    file = add_image(tmp_path, "a", "2025-01-01")
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    assert verify_image(tmp_path, "a") == ["parts/kernel-a/file has changed"]


def test_a_missing_and_a_short_file_are_found(tmp_path: Path) -> None:
    file = add_image(tmp_path, "a", "2025-01-01")
    file.write_text("short")
    assert "5 bytes" in verify_image(tmp_path, "a")[0]
    file.unlink()
    assert verify_image(tmp_path, "a") == ["parts/kernel-a/file is missing"]


def test_a_changed_tree_is_found(tmp_path: Path) -> None:
    add_image(tmp_path, "a", "2025-01-01")
    (tmp_path / "parts/kernel-a/devel/Makefile").write_text("all: evil")
    assert verify_image(tmp_path, "a") == ["parts/kernel-a/devel/ has changed"]


def test_an_image_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageMissing, match="images build"):
        verify_image(tmp_path)
