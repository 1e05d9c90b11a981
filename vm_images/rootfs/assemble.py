"""The guest's root disk: Debian's packages, our files, our first program and the agent."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.errors import PlatformFault
from vm_images.parts import Part, ensure, file_inputs
from vm_images.progress import Progress, Report

HERE = Path(__file__).parent
RECIPE = "1"
# Fixed, so that systemd does not think that it boots for the first time (it would set up every
# unit anew, at each boot). All guests may share it: no two of them ever meet.
MACHINE_ID = "52696e676d61726b2d67756573743031"
# The handout's password "asee" for both users, as `openssl passwd -6 -salt ringmark asee` says.
CRYPTED = (
    "$6$ringmark$0WXHy701SUaRdWC3v.PoyItajhrP/Hy.gbcjFT5HXgykggnVuhDmZEr4JVSB3qaJ"
    "VyGe0SeMOzVvQOBrRywGV1"
)
# Fixed as well: the same inputs give the same disk (but for the host key).
UUID = "52696e67-6d61-726b-2d67-756573743031"
ASEE_ID = 1000
# The units that a guest that only waits for its agent does not need; each costs a fork or more.
MASKED_UNITS = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
    "fstrim.timer", "systemd-tmpfiles-clean.timer", "getty.target", "getty@.service",
    "serial-getty@.service", "console-getty.service", "systemd-logind.service",
    "systemd-random-seed.service", "systemd-update-utmp.service", "systemd-remount-fs.service",
    "systemd-machine-id-commit.service", "systemd-hwdb-update.service",
    "systemd-journal-flush.service",
    "systemd-journal-catalog-update.service", "systemd-sysusers.service",
    "systemd-update-done.service", "systemd-firstboot.service", "systemd-timesyncd.service",
    "systemd-pstore.service", "systemd-binfmt.service", "systemd-modules-load.service",
    "systemd-udev-trigger.service", "systemd-udev-settle.service", "systemd-udevd.service",
    "systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-ask-password-wall.path",
    "systemd-ask-password-console.path", "kmod-static-nodes.service", "ldconfig.service",
    "proc-sys-fs-binfmt_misc.automount", "dev-hugepages.mount", "dev-mqueue.mount",
    "sys-kernel-tracing.mount", "sys-kernel-config.mount", "sys-fs-fuse-connections.mount",
    "ssh.service", "ssh.socket", "networking.service", "ifupdown-pre.service",
)  # fmt: skip
_EMPTIED = (
    "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "var/lib/apt/lists",
    "var/cache/apt", "var/cache/debconf", "var/log", "boot", "tmp", "run",
)  # fmt: skip


def agent_part(home: Path, source: Path, report: Report) -> Part:
    """The agent, compiled by its own Makefile."""
    # Not what a make in that folder left behind.
    sources = [*source.glob("*.[ch]"), source / "Makefile"]
    if len(sources) < 2 or not sources[-1].exists():
        raise PlatformFault(f"no agent source in {source}")
    inputs = {"recipe": RECIPE, **file_inputs(source, sources)}

    def make(folder: Path) -> dict[str, Any]:
        report(Progress("agent", 0, 1))
        copy = folder / "source"
        copy.mkdir()
        for path in sources:
            shutil.copyfile(path, copy / path.name)
        _run(["make", "-C", str(copy)])
        shutil.copy2(copy / "agent", folder / "agent")
        (folder / "agent").chmod(0o755)
        shutil.rmtree(copy)
        report(Progress("agent", 1, 1))
        return {}

    return ensure(home, "agent", inputs, make)


def root_part(home: Path, base: Part, agent: Part, report: Report) -> Part:
    """The read-only disk, an uncompressed erofs: unpacking would be the guest's work."""
    inputs = {
        "recipe": RECIPE,
        "base": base.id,
        "agent": agent.id,
        "program": _own_text(),
        **file_inputs(HERE, [HERE / "init.c", *(HERE / "files").rglob("*")]),
    }

    def make(folder: Path) -> dict[str, Any]:
        root = folder / "root"
        root.mkdir()
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("unpacking", lambda: _run(
                ["tar", "--numeric-owner", "-xpf", str(base.folder / "base.tar"), "-C", str(root)]
            )),
            ("our files", lambda: _fill(root, agent)),
            ("erofs", lambda: _run(
                ["mkfs.erofs", "-T0", "-U", UUID, str(folder / "root.erofs"), str(root)]
            )),
            ("cleaning up", lambda: shutil.rmtree(root)),
        )  # fmt: skip
        for number, (detail, step) in enumerate(steps):
            report(Progress("root", number, len(steps), detail))
            step()
        report(Progress("root", len(steps), len(steps)))
        return {}

    return ensure(home, "root", inputs, make)


def _own_text() -> str:
    return Path(__file__).read_text()


def _fill(root: Path, agent: Part) -> None:
    for name in _EMPTIED:
        folder = root / name
        if folder.is_dir():
            shutil.rmtree(folder)
            folder.mkdir()
    (root / "tmp").chmod(0o1777)
    for path in sorted((HERE / "files").rglob("*")):
        if path.is_file():
            target = root / path.relative_to(HERE / "files")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o644)
    for name in ("overlay", "root", "home/asee"):
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(agent.folder / "agent", root / "usr/sbin/ringmark-agent")
    (root / "usr/sbin/ringmark-agent").chmod(0o755)
    _run(["gcc", "-static", "-O2", "-Wall", "-o", str(root / "usr/sbin/ringmark-init"),
          str(HERE / "init.c")])  # fmt: skip
    _systemd(root)
    _users(root)
    # Keys in the image: the guest can be reached from this machine's loopback only, and a key made
    # at boot would cost seconds each time.
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    _run(["chroot", str(root), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ringmark",
          "-f", "/etc/ssh/ssh_host_ed25519_key"])  # fmt: skip


def _systemd(root: Path) -> None:
    (root / "etc/machine-id").write_text(MACHINE_ID + "\n")
    units = root / "etc/systemd/system"
    for name in MASKED_UNITS:
        _link(units / name, "/dev/null")
    _link(units / "default.target", "ringmark.target")
    # They look for partitions, swap, crypttab, rc.local, SysV scripts: nothing of that is here.
    generators = root / "etc/systemd/system-generators"
    generators.mkdir(exist_ok=True)
    for path in (root / "lib/systemd/system-generators").iterdir():
        _link(generators / path.name, "/dev/null")


def _link(path: Path, target: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _users(root: Path) -> None:
    """root and asee, both with the handout's password; asee may use sudo."""
    _append(root / "etc/passwd", f"asee:x:{ASEE_ID}:{ASEE_ID}::/home/asee:/bin/bash")
    _append(root / "etc/group", f"asee:x:{ASEE_ID}:")
    _append(root / "etc/gshadow", "asee:!::")
    group = root / "etc/group"
    group.write_text(group.read_text().replace("\nsudo:x:27:\n", "\nsudo:x:27:asee\n"))
    shadow = root / "etc/shadow"
    lines = [line for line in shadow.read_text().splitlines() if not line.startswith("root:")]
    lines += [f"{user}:{CRYPTED}:19000:0:99999:7:::" for user in ("root", "asee")]
    shadow.write_text("\n".join(lines) + "\n")
    os.chown(root / "home/asee", ASEE_ID, ASEE_ID)
    for user in ("root", "home/asee"):
        for name in (".bashrc", ".profile"):
            source, target = root / "etc/skel" / name, root / user / name
            if source.exists() and not target.exists():
                shutil.copyfile(source, target)
                if user == "home/asee":
                    os.chown(target, ASEE_ID, ASEE_ID)


def _append(path: Path, line: str) -> None:
    path.write_text(path.read_text() + line + "\n")


def _run(argv: list[str]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, errors="replace")
    except FileNotFoundError as error:
        raise PlatformFault(f"{argv[0]} is not installed") from error
    if done.returncode != 0:
        raise PlatformFault(f"{' '.join(argv[:3])} failed:\n{(done.stderr or done.stdout)[-800:]}")
