"""The command line is made from data, and a template's key follows all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.guest.machine import Machine, Wiring, command_line
from grader.guest.template import template_key

MACHINE = Machine(cmdline="console=ttyS0")
WIRING = Wiring(qmp=10, agent=11, console=12, ram=13)


def test_a_restore_differs_from_its_template_only_in_memory_and_start() -> None:
    saving = command_line(MACHINE, replace(WIRING, ram_shared=True))
    restoring = command_line(MACHINE, replace(WIRING, incoming=True))
    changed = [pair for pair in zip(saving, restoring, strict=False) if pair[0] != pair[1]]
    assert [(a.replace("share=on", "share=off"), b) for a, b in changed] == [
        (changed[0][1], changed[0][1])
    ]
    assert restoring[len(saving) :] == ["-incoming", "defer"]


def test_there_is_no_network_card_unless_asked_for() -> None:
    line = " ".join(command_line(MACHINE, WIRING))
    assert "netdev" not in line
    assert "e1000" not in line


def test_the_network_leads_in_from_the_loopback_and_never_out() -> None:
    line = command_line(replace(MACHINE, nic=True), replace(WIRING, ssh_port=10022))
    network = line[line.index("-netdev") + 1]
    assert "restrict=on" in network
    assert "hostfwd=tcp:127.0.0.1:10022-:22" in network


def test_qemu_may_not_start_programs_or_gain_rights() -> None:
    line = command_line(MACHINE, WIRING)
    sandbox = line[line.index("-sandbox") + 1]
    denied = ("obsolete", "elevateprivileges", "spawn", "resourcecontrol")
    assert all(f"{what}=deny" in sandbox for what in denied)


def test_the_root_disk_cannot_be_written() -> None:
    drives = [word for word in command_line(MACHINE, WIRING) if word.startswith("driver=")]
    assert len(drives) == 2
    assert all("read-only=on" in drive for drive in drives)


@pytest.mark.parametrize(
    "other",
    [
        replace(MACHINE, cpus=2),
        replace(MACHINE, memory_mib=256),
        replace(MACHINE, nic=True),
        replace(MACHINE, accelerator="kvm"),
        replace(MACHINE, cmdline="console=ttyS0 quiet"),
    ],
)
def test_another_machine_has_another_template(other: Machine) -> None:
    assert template_key(other, "image", "qemu 7") != template_key(MACHINE, "image", "qemu 7")


def test_another_image_or_qemu_has_another_template() -> None:
    keys = {template_key(MACHINE, image, qemu) for image in "ab" for qemu in "xy"}
    assert len(keys) == 4
    assert template_key(MACHINE, "a", "x") in keys
