"""A kernel source that cannot be used is refused with what to do, and leaves no part behind."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from grader.errors import PlatformFault
from vm_images.kernel.build import debian_source, kernel_part, read_recipe
from vm_images.progress import silent


def tarball(folder: Path, *names: str) -> Path:
    """A source tarball with empty files."""
    tree = folder / "linux-9.9"
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("\n")
    path = folder / "linux-9.9.tar.xz"
    with tarfile.open(path, "w:xz") as archive:
        archive.add(tree, "linux-9.9")
    return path


def refused(home: Path, source: Path) -> str:
    with pytest.raises(PlatformFault) as fault:
        kernel_part(home, source, "sanitizers", silent)
    assert not list((home / "parts").glob("kernel-*")) if (home / "parts").exists() else True
    return str(fault.value)


def test_a_patch_that_does_not_apply_is_named_with_the_source(tmp_path: Path) -> None:
    source = tarball(tmp_path, "Kconfig", "mm/kmemleak.c", "arch/x86/kernel/irqinit.c")
    said = refused(tmp_path / "home", source)
    assert "0001-line-11-for-the-module.patch" in said
    assert "linux-9.9.tar.xz" in said


def test_a_tarball_of_something_else_is_refused(tmp_path: Path) -> None:
    assert "holds no kernel source" in refused(tmp_path / "home", tarball(tmp_path, "README"))


def test_a_file_that_is_no_tarball_is_refused(tmp_path: Path) -> None:
    (tmp_path / "linux.tar.xz").write_text("not one")
    assert "tar -xf" in refused(tmp_path / "home", tmp_path / "linux.tar.xz")


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "is not a file" in refused(tmp_path / "home", tmp_path / "none.tar.xz")


def test_without_debians_package_one_is_told_its_name(tmp_path: Path) -> None:
    with pytest.raises(PlatformFault, match=r"linux-source-6\.12"):
        debian_source(tmp_path)


def test_an_unknown_flavour_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(PlatformFault, match="there are: sanitizers, race"):
        kernel_part(tmp_path, None, "vanilla", silent)


def test_the_flavours_are_different_parts(tmp_path: Path) -> None:
    source = tarball(tmp_path, "Kconfig")
    recipes = [read_recipe(source, flavour) for flavour in ("sanitizers", "race")]
    assert recipes[0].inputs() != recipes[1].inputs()
    assert "variable LOCALVERSION" not in recipes[0].inputs()
    assert recipes[1].inputs()["variable LOCALVERSION"] == "-race"


def test_progress_tells_the_flavours_apart(tmp_path: Path) -> None:
    source = tarball(tmp_path, "README")
    steps: list[str] = []
    with pytest.raises(PlatformFault):
        kernel_part(tmp_path / "home", source, "race", lambda told: steps.append(told.step))
    assert steps and all(step.startswith("race kernel") for step in steps)
