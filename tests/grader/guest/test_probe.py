"""KVM is used only after a guest booted on it, and that is tried once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import PlatformFault
from grader.guest.probe import accelerator_choice, cached_probe, obstacle

FACTS = {"host_kernel": "6.1", "image": "abc"}


class Trial:
    def __init__(self, fault: str | None = None) -> None:
        self.fault = fault
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        if self.fault:
            raise PlatformFault(self.fault)


def test_a_guest_that_booted_makes_kvm_usable(tmp_path: Path) -> None:
    assert cached_probe(tmp_path, FACTS, Trial()).accelerator == "kvm"


def test_a_guest_that_did_not_boot_leaves_tcg_and_the_reason(tmp_path: Path) -> None:
    probe = cached_probe(tmp_path, FACTS, Trial("the console was silent\nlog"))
    assert probe.accelerator == "tcg"
    assert "the console was silent" in probe.reason
    assert "\n" not in probe.reason


@pytest.mark.parametrize("fault", [None, "no"])
def test_the_answer_is_kept(tmp_path: Path, fault: str | None) -> None:
    trial = Trial(fault)
    first = cached_probe(tmp_path, FACTS, trial)
    assert cached_probe(tmp_path, FACTS, trial) == first
    assert trial.count == 1


@pytest.mark.parametrize("fact", list(FACTS))
def test_another_host_kernel_or_image_is_tried_again(tmp_path: Path, fact: str) -> None:
    trial = Trial("no")
    cached_probe(tmp_path, FACTS, trial)
    cached_probe(tmp_path, {**FACTS, fact: "other"}, trial)
    assert trial.count == 2


def test_an_answer_cut_short_is_tried_again(tmp_path: Path) -> None:
    trial = Trial("no")
    cached_probe(tmp_path, FACTS, trial)
    (kept,) = (tmp_path / "probes").glob("*.json")
    kept.write_text(kept.read_text()[:20])
    assert cached_probe(tmp_path, FACTS, trial).accelerator == "tcg"
    assert trial.count == 2


def test_without_a_device_there_is_nothing_to_try(tmp_path: Path) -> None:
    assert "there is no" in (obstacle(tmp_path / "kvm", as_root=True) or "")
    (tmp_path / "file").touch()
    assert "is not a device" in (obstacle(tmp_path / "file", as_root=True) or "")


def test_a_device_for_its_owner_alone_is_closed_to_qemus_user(tmp_path: Path) -> None:
    node = tmp_path / "kvm"
    try:
        os.mknod(node, 0o020600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make device nodes")
    assert "chgrp kvm" in (obstacle(node, as_root=True) or "")
    node.chmod(0o660)
    assert "chgrp kvm" in (obstacle(node, as_root=True) or "")  # never the group root
    os.chown(node, 0, 64_000)
    assert obstacle(node, as_root=True) is None


def test_the_choice_is_read_from_the_environment() -> None:
    assert accelerator_choice({}) == "auto"
    assert accelerator_choice({"RINGMARK_ACCEL": "tcg"}) == "tcg"
    with pytest.raises(PlatformFault, match="auto, tcg or kvm"):
        accelerator_choice({"RINGMARK_ACCEL": "xen"})
