"""Parts are named after what they were made from, and appear whole or not at all."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm_images.kernel.build import Recipe
from vm_images.parts import ensure, file_inputs, image_id, part_id

INPUTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=6)


@given(INPUTS, st.randoms())
def test_the_order_of_inputs_does_not_matter(inputs: dict[str, str], rng: random.Random) -> None:
    items = list(inputs.items())
    rng.shuffle(items)
    assert part_id("base", dict(items)) == part_id("base", inputs)


@given(INPUTS, INPUTS)
def test_other_inputs_give_another_name(one: dict[str, str], two: dict[str, str]) -> None:
    assert (part_id("base", one) == part_id("base", two)) == (one == two)


def test_an_image_is_named_after_parts_flavour_and_command_line() -> None:
    parts = {"kernel": "kernel-1", "root": "root-1"}
    names = {
        image_id("a", "quiet", parts),
        image_id("b", "quiet", parts),
        image_id("a", "loud", parts),
        image_id("a", "quiet", parts | {"root": "root-2"}),
    }
    assert len(names) == 4
    assert all(len(name) == 12 for name in names)


def recipe(source: Path, fragment: str, patch: str) -> str:
    made = Recipe(source, {"a.config": fragment}, {"1.patch": patch}, "gcc 12")
    return part_id("kernel", made.inputs())


def test_a_kernel_is_named_after_options_and_differences_not_after_their_reasons(
    tmp_path: Path,
) -> None:
    source = tmp_path / "linux.tar"
    source.write_bytes(b"one")
    first = recipe(source, "CONFIG_A=y", "why\n\n--- a/x\n+++ b/x\n")

    assert recipe(source, "# because\nCONFIG_A=y", "better\n\n--- a/x\n+++ b/x\n") == first
    assert recipe(source, "CONFIG_A=m", "why\n\n--- a/x\n+++ b/x\n") != first
    assert recipe(source, "CONFIG_A=y", "why\n\n--- a/y\n+++ b/y\n") != first
    source.write_bytes(b"two")
    assert recipe(source, "CONFIG_A=y", "why\n\n--- a/x\n+++ b/x\n") != first


def test_a_changed_file_changes_the_inputs(tmp_path: Path) -> None:
    (tmp_path / "agent.c").write_text("int main;")
    before = file_inputs(tmp_path, tmp_path.iterdir())
    (tmp_path / "agent.c").write_text("int main(void);")
    assert file_inputs(tmp_path, tmp_path.iterdir()) != before


def test_a_part_is_made_once(tmp_path: Path) -> None:
    calls: list[Path] = []

    def make(folder: Path) -> dict[str, Any]:
        calls.append(folder)
        (folder / "file").write_text("x")
        return {"fact": 1}

    first = ensure(tmp_path, "base", {"a": "1"}, make)
    second = ensure(tmp_path, "base", {"a": "1"}, make)

    assert first == second
    assert first.info["fact"] == 1
    assert (first.folder / "file").read_text() == "x"
    assert len(calls) == 1


def test_an_interrupted_part_does_not_exist_and_is_made_anew(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> dict[str, Any]:
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure(tmp_path, "base", {}, interrupted)
    assert not (tmp_path / "parts" / part_id("base", {})).exists()

    part = ensure(tmp_path, "base", {}, lambda folder: {})
    assert [path.name for path in part.folder.iterdir()] == ["part.json"]


def test_other_users_can_read_a_part_whatever_our_umask(tmp_path: Path) -> None:
    import os

    before = os.umask(0o077)
    try:
        part = ensure(tmp_path, "base", {}, lambda folder: {})
    finally:
        os.umask(before)
    assert part.folder.stat().st_mode & 0o777 == 0o755
    assert (part.folder / "part.json").stat().st_mode & 0o777 == 0o644
