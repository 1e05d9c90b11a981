"""KVM is judged by the real guest: a device that opens is not enough."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from grader.errors import PlatformFault
from grader.guest.hypervisor import Hypervisor
from grader.image import Image

pytestmark = pytest.mark.image

KVM = Path("/dev/kvm")


def test_a_host_without_kvm_uses_tcg_at_once_and_says_so(image: Image, tmp_path: Path) -> None:
    missing = tmp_path / "kvm"
    with Hypervisor(image, tmp_path, kvm_node=missing) as opened:
        assert opened.accelerator == "tcg"
        assert opened.accelerator_reason == f"there is no {missing} on this host"
    assert not (tmp_path / "probes").exists()


def test_kvm_that_was_demanded_and_is_not_there_is_our_fault(image: Image, tmp_path: Path) -> None:
    with pytest.raises(PlatformFault, match="cannot be used: there is no"):
        Hypervisor(image, tmp_path, accel="kvm", kvm_node=tmp_path / "kvm")


@pytest.mark.skipif(not KVM.exists() or os.getuid() != 0, reason="needs root and /dev/kvm")
def test_a_device_that_opens_is_tried_with_the_guest_itself_once(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = tmp_path / "kvm"  # one that QEMU's user may open, whatever this host's own is like
    os.mknod(node, 0o020660, KVM.stat().st_rdev)
    node.chmod(0o660)
    os.chown(node, 0, 64_000)
    with Hypervisor(image, tmp_path, kvm_node=node) as opened:
        found = opened.accelerator, opened.accelerator_reason
    (kept,) = (tmp_path / "probes").glob("*.json")
    assert json.loads(kept.read_text())["accelerator"] == found[0]
    # Either it booted and was restored, or the reason names what went wrong.
    booted = bool(list((tmp_path / "templates").glob("*/template.json")))
    assert booted or found[0] == "tcg"
    if found[0] == "tcg":
        assert "does not boot on it: " in found[1]

    def again(self: Hypervisor) -> None:
        raise AssertionError("tried again")

    monkeypatch.setattr(Hypervisor, "_try_kvm", again)
    with Hypervisor(image, tmp_path, kvm_node=node) as opened:
        assert (opened.accelerator, opened.accelerator_reason) == found
