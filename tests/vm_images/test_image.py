"""The real image: its configuration, its toolchain, line 11, and its Debian root."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import paramiko
import pytest

from grader.image import Image, load_image, ringmark_home
from tests.vm_images.kit import BOOT_DEADLINE, SOURCES, Boot, booted, in_toolchain
from vm_images.build import LINKS
from vm_images.kernel.build import FLAVOURS, HERE
from vm_images.kernel.check import mismatches
from vm_images.verify import verify_image

pytestmark = pytest.mark.image

PROBE = re.compile(r"PROBE (\S+) (-?\d+) (-?\d+)")
PASSWORD = "asee"


@pytest.mark.parametrize("flavour", LINKS)
def test_every_option_asked_for_is_in_the_kernel(flavour: str) -> None:
    built = load_image(ringmark_home(), LINKS[flavour])
    fragments = {name: (HERE / "config" / name).read_text() for name in FLAVOURS[flavour]}
    config = built.kernel.with_name("config").read_text()
    assert built.manifest["flavour"] == flavour
    assert mismatches(fragments, config) == []


def test_the_flavours_share_everything_but_the_kernel(image: Image) -> None:
    race = load_image(ringmark_home(), LINKS["race"])
    different = {
        kind
        for kind, part in race.manifest["parts"].items()
        if part != image.manifest["parts"][kind]
    }
    assert different == {"kernel"}


def test_the_race_kernel_has_the_detector_and_instruments_little(tmp_path: Path) -> None:
    race = load_image(ringmark_home(), LINKS["race"])
    exported = (race.devel / "Module.symvers").read_text()
    assert "\t__tsan_write4\t" in exported and "__asan_" not in exported
    # Instrumented, the kernel is several times as large.
    assert race.kernel.stat().st_size < 4_000_000


def test_the_image_is_as_it_was_built(image: Image) -> None:
    assert verify_image(ringmark_home(), image.id) == []


def test_other_users_can_read_what_a_guest_is_booted_from(image: Image) -> None:
    for path in (image.kernel, image.root_disk, image.agent):
        assert path.stat().st_mode & 0o044 == 0o044


def test_modules_compile_in_the_toolchain_without_a_warning(modules: Path) -> None:
    log = (modules / "log").read_text()
    assert "warning" not in log.lower(), log
    assert (modules / "hello.ko").exists()


def test_a_module_is_for_this_kernel(image: Image, modules: Path) -> None:
    told = in_toolchain(image, modules, "modinfo", "-F", "vermagic", "/work/hello.ko")
    assert told.split()[0] == image.release


def test_sparse_is_in_the_toolchain(image: Image, modules: Path) -> None:
    in_toolchain(image, modules, "make", "-C", "/kernel", "M=/work", "C=2", "modules")


@pytest.fixture(scope="module")
def probe(image: Image, modules: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The console of a guest whose only program raises line 11 in every way."""
    folder = tmp_path_factory.mktemp("probe")
    root = folder / "root"
    for name in ("dev", "proc"):
        (root / name).mkdir(parents=True)
    shutil.copy(modules / "line11.ko", root)
    compiled = ["gcc", "-static", "-O1", "-Wall", "-o", str(root / "init")]
    subprocess.run([*compiled, str(SOURCES / "probe.c")], check=True)
    disk = folder / "root.erofs"
    subprocess.run(["mkfs.erofs", str(disk), str(root)], check=True, capture_output=True)
    cmdline = re.sub(r"init=\S+", "init=/init", image.cmdline)
    with booted(image, disk, folder, cmdline=cmdline) as guest:
        return guest.wait_for("PROBE end")


def counts(console: str) -> dict[str, tuple[int, int]]:
    return {name: (int(line), int(handled)) for name, line, handled in PROBE.findall(console)}


def test_nobody_is_on_line_11_before_and_after_the_module(probe: str) -> None:
    assert counts(probe)["before"] == (-1, 0)
    assert counts(probe)["after"] == (-1, 0)


@pytest.mark.parametrize("processor", [0, 1])
@pytest.mark.parametrize("how", ["b", "v"], ids=["bare", "vector_irq"])
def test_one_int_is_one_interrupt_on_either_processor(probe: str, processor: int, how: str) -> None:
    assert "PROBE-FAILED" not in probe
    tries = re.findall(rf"PROBE {processor}-{how}-\d (-?\d+) (-?\d+)", probe)
    assert tries == [("1", "1")] * 6


def test_an_int_without_a_handler_leaves_nothing_for_the_next_handler(probe: str) -> None:
    assert counts(probe)["early"] == (0, 0)
    assert counts(probe)["early-then"] == (0, 1)


def test_the_interrupts_of_the_probe_are_no_kernel_finding(probe: str) -> None:
    for word in ("BUG:", "WARNING:", "INFO:", "Oops", "Call Trace"):
        assert word not in probe


ROOT_COMMANDS = {
    "identity": "id -u; hostname; nproc",
    "mounts": "touch /etc/x && rm /etc/x && cat /proc/mounts",
    "interrupts": "cat /proc/interrupts",
    "journal": "echo '<4>hello from the kernel' > /dev/kmsg; sleep 1; journalctl -k -n 20",
}


@pytest.fixture(scope="module")
def told(image: Image, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the image says to the handout's users: with a network card, over ssh."""
    with booted(image, image.root_disk, tmp_path_factory.mktemp("ssh"), nic=True) as boot:
        with connected(boot, "root") as client:
            answers = {name: run(client, command) for name, command in ROOT_COMMANDS.items()}
        with connected(boot, "asee") as client:
            answers["sudo"] = run(client, "echo asee | sudo -S -p '' id -u")
    return answers


def connected(guest: Boot, user: str) -> paramiko.SSHClient:
    """Logged in, as soon as sshd is there. A try that began too early is never answered, and one
    that is in time needs long on a busy host: so each waits longer than the one before."""
    end = time.monotonic() + BOOT_DEADLINE
    patience = 15.0
    while True:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        try:
            client.connect(
                "127.0.0.1", guest.ssh_port, user, PASSWORD, allow_agent=False,
                look_for_keys=False, timeout=patience, banner_timeout=patience,
                auth_timeout=patience,
            )  # fmt: skip
        except (OSError, EOFError, paramiko.SSHException):
            client.close()
            assert time.monotonic() < end, guest.console()[-3000:]
            time.sleep(1)
            patience *= 1.5
        else:
            return client


def run(client: paramiko.SSHClient, command: str) -> str:
    """What a command prints."""
    _, out, err = client.exec_command(command, timeout=300)
    return out.read().decode() + err.read().decode()


def test_both_users_of_the_handout_can_log_in(told: dict[str, str]) -> None:
    assert told["identity"].split() == ["0", "debian", "2"]
    assert told["sudo"].split() == ["0"]


def test_the_root_is_read_only_under_a_tmpfs(told: dict[str, str]) -> None:
    mounts = told["mounts"]
    assert re.search(r"^overlay / overlay rw", mounts, re.MULTILINE)
    assert "/dev/vda" not in mounts or re.search(r"^/dev/vda \S+ erofs ro", mounts, re.MULTILINE)


def test_nobody_is_on_line_11_with_a_network_card_either(told: dict[str, str]) -> None:
    lines = told["interrupts"].splitlines()
    assert any("eth0" in line for line in lines)
    assert not any(line.strip().startswith("11:") for line in lines)


def test_the_journal_has_the_kernels_messages(told: dict[str, str]) -> None:
    assert "hello from the kernel" in told["journal"]
