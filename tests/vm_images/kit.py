"""Modules compiled for the real image, and bare boots of it without the engine."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.image import Image
from tests.support.ports import free_port

SOURCES = Path(__file__).parent / "guest"
#: Seconds. A boot takes 20 on a quiet machine with two cores, and several minutes on a busy one.
BOOT_DEADLINE = 900.0


def in_toolchain(image: Image, work: Path, *argv: str) -> str:
    """Run a command in the toolchain's root, with the kernel tree read-only and a work folder."""
    root = image.toolchain
    line = ["bwrap", "--unshare-all", "--die-with-parent"]
    for name in ("usr", "etc"):
        line += ["--ro-bind", str(root / name), f"/{name}"]
    for name in ("bin", "sbin", "lib", "lib64"):
        line += ["--symlink", f"usr/{name}", f"/{name}"]
    line += ["--ro-bind", str(image.devel), "/kernel", "--bind", str(work), "/work"]
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/work"]
    done = subprocess.run([*line, *argv], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@dataclass(frozen=True)
class Boot:
    """A running guest: its console so far, and the port that leads to its sshd."""

    process: subprocess.Popen[bytes]
    console_file: Path
    ssh_port: int

    def console(self) -> str:
        """What the guest printed."""
        return self.console_file.read_text(errors="replace")

    def wait_for(self, text: str) -> str:
        """The console, once ``text`` is in it."""
        end = time.monotonic() + BOOT_DEADLINE
        while text not in self.console():
            assert time.monotonic() < end, f"no '{text}' in the console:\n{self.console()[-3000:]}"
            ended = self.process.poll()
            assert ended is None or text in self.console(), self.console()[-3000:]
            time.sleep(0.1)
        return self.console()


@contextlib.contextmanager
def booted(
    image: Image, root: Path, folder: Path, *, cmdline: str | None = None, nic: bool = False
) -> Iterator[Boot]:
    """The image's kernel on some root disk: two processors, TCG, as templates are booted."""
    console = folder / "console"
    console.touch()
    port = free_port()
    line = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"]
    line += ["-machine", "q35", "-cpu", "max", "-accel", "tcg,thread=multi"]
    line += ["-m", "512M", "-smp", "2", "-no-reboot"]
    line += ["-kernel", str(image.kernel), "-append", cmdline or image.cmdline]
    line += ["-drive", f"if=none,id=root,format=raw,readonly=on,file={root}"]
    line += ["-device", "virtio-blk-pci,drive=root"]
    line += ["-chardev", f"file,id=console,path={console}", "-serial", "chardev:console"]
    line += ["-device", "virtio-serial-pci"]
    line += ["-chardev", "null,id=agent"]
    line += ["-device", "virtserialport,chardev=agent,name=ringmark.agent"]
    if nic:
        line += ["-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22"]
        line += ["-device", "e1000,netdev=net,romfile="]
    with subprocess.Popen(line) as process:
        try:
            yield Boot(process, console, port)
        finally:
            process.kill()
