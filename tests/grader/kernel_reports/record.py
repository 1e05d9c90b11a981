"""Make the recordings anew: build each module, do the wrong thing in a fresh guest, keep the words.

    .venv/bin/python -m tests.grader.kernel_reports.record [NAME...]

Needs the built image. For another kernel: build its image, run this, run the tests, and look at
what differs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.build import build_module, open_sandbox
from grader.build.sandbox import Sandbox
from grader.guest.channel import Actor, ChannelClosed, Observation, Unanswered
from grader.guest.guest import QemuGuest
from grader.guest.hypervisor import Hypervisor
from grader.guest.protocol import calls
from grader.guest.protocol.data import decode_listing
from grader.image import Image, load_image, ringmark_home
from grader.intake.values import SourceFile, SourceTree, digest
from tests.grader.kernel_reports.recordings import MODULES, Plan, Recording, plans, write_recording

#: Seconds for a step that should come back, and for words that the console should say.
ANSWER = 60.0
WORDS = 120.0
#: Seconds after which a write that may never return is left alone.
PATIENCE = 5.0
#: kmemleak leaves objects alone that are younger (mm/kmemleak.c, MSECS_MIN_AGE).
LEAK_AGE = 5.0
PAGE = 4096


@dataclass
class Scene:
    """One guest with one module."""

    guest: QemuGuest
    plan: Plan
    data: bytes
    actor: Actor
    start: int
    ranges: list[tuple[int, int]] = field(default_factory=list)
    kmemleak: str = ""

    def call(self, call: calls.Call, timeout: float = ANSWER) -> Observation | None:
        """The observation; None when it does not come back, as after a deadlock or a panic."""
        try:
            return self.guest.channel.call(self.actor, call, timeout)
        except (ChannelClosed, Unanswered):
            return None

    def load(self, _: str) -> None:
        self.guest.channel.put("/run/module.ko", self.data)
        self.call(calls.InsertModule("/run/module.ko"))
        folder = f"/sys/module/{self.plan.name}/sections"
        listed = self.call(calls.ListDir(folder))
        names = [name for name, _ in decode_listing(listed.data)] if listed else []
        starts = [int(self.read(f"{folder}/{os.fsdecode(name)}"), 16) for name in names]
        # None of the modules has a section of more than a page.
        self.ranges = [(page, page + PAGE) for page in sorted({at - at % PAGE for at in starts})]

    def open(self, path: str) -> None:
        self.call(calls.Open(path or f"/dev/{self.plan.name}", os.O_RDWR))

    def send(self, _: str) -> None:
        self.call(calls.Write(calls.LAST_FD, b"x"), PATIENCE)

    def write(self, _: str) -> None:
        self.open("")
        self.send("")

    def close(self, _: str) -> None:
        self.call(calls.Close(calls.LAST_FD))

    def unload(self, _: str) -> None:
        self.call(calls.DeleteModule(self.plan.name))

    def set(self, what: str) -> None:
        path, value = what.split()
        self.call(calls.WriteFile(path, value.encode()))

    def node(self, numbers: str) -> None:
        major, minor = numbers.split()
        self.call(calls.MakeNode("/dev/node", 0o20600, int(major), int(minor)))

    def words(self, pattern: str) -> None:
        if not self.guest.console.wait_for(pattern, WORDS, self.start):
            print(f"  {self.plan.name}: the console never said {pattern!r}", file=sys.stderr)

    def nmi(self, _: str) -> None:
        self.guest.interrogate(ANSWER)

    def leaks(self, _: str) -> None:
        """Scan for leaks once the objects are old enough, by the guest's own clock."""
        clock = self.guest.channel.clock
        old = clock() + int(LEAK_AGE * 1.5e9)
        while clock() < old:
            self.guest.console.wait_for(r"(?!)", 0.2)
        for _scan in range(2):
            self.call(calls.WriteFile("/sys/kernel/debug/kmemleak", b"scan"))
        self.kmemleak = self.read("/sys/kernel/debug/kmemleak")

    def read(self, path: str) -> str:
        seen = self.call(calls.ReadFile(path))
        return seen.data.decode("utf-8", "replace") if seen else ""

    def settle(self) -> None:
        """Have everything that was printed on the host, or see the guest dead."""
        if self.guest.wait_death(0.2) is not None:
            return
        try:
            self.actor = self.guest.channel.spawn()
        except (ChannelClosed, Unanswered):
            return
        self.call(calls.WriteFile("/dev/kmsg", b"<6>ringmark: recorded\n"))
        self.guest.console.wait_for("ringmark: recorded", ANSWER, self.start)


def record(plan: Plan, image: Image, sandbox: Sandbox, hypervisor: Hypervisor) -> Recording:
    names = ("trigger.h", f"{plan.name}.c")
    files = tuple(SourceFile(name, (MODULES / name).read_bytes()) for name in sorted(names))
    built = build_module(SourceTree(files, digest(files)), image, sandbox)
    if built.module is None:
        raise SystemExit(f"{plan.name} does not build:\n{built.report.log}")
    with hypervisor.restore(cpus=1) as guest:
        actor = guest.channel.spawn()
        scene = Scene(guest, plan, built.module.data, actor, guest.console.mark())
        for step in plan.steps:
            name, _, argument = step.partition(" ")
            todo: Callable[[str], None] = getattr(scene, name)
            todo(argument)
        scene.settle()
        console = guest.console.text(scene.start)
    return Recording(plan, console, tuple(scene.ranges), scene.kmemleak)


def main(wanted: list[str]) -> None:
    home = ringmark_home()
    image = load_image(home)
    with open_sandbox("bwrap", image) as sandbox, Hypervisor(image, home) as hypervisor:
        for plan in plans():
            if wanted and plan.name not in wanted:
                continue
            print(plan.name, flush=True)
            write_recording(record(plan, image, sandbox, hypervisor), image.release)


if __name__ == "__main__":
    main(sys.argv[1:])
