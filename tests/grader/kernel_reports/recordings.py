"""Recordings of real reports, and the modules that provoke them.

A module's first comment says what to do with it and what must come of it::

    /* steps: load; write
     * expect: kasan | KASAN: slab-out-of-bounds in deed | deed
     */

Each ``expect`` line is a report in console order: kind, title (``*`` stands for anything), and the
module's function to blame; ``-`` if it must not be the module's, ``(address)`` if it is so only by
an address. No such line: there must be no report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "modules"
RECORDED = HERE / "recorded"

_DEFAULT_STEPS = ("load", "write")


@dataclass(frozen=True)
class Expected:
    kind: str
    title: str
    function: str


@dataclass(frozen=True)
class Plan:
    """One module: what is done in the guest, and what the parser must find."""

    name: str
    steps: tuple[str, ...]
    expected: tuple[Expected, ...]


@dataclass(frozen=True)
class Recording:
    """What a guest's console said. ``ranges`` are where the module lay, [start, end) each."""

    plan: Plan
    console: str
    ranges: tuple[tuple[int, int], ...]
    kmemleak: str


def read_plan(source: Path) -> Plan:
    """What a module's first comment says."""
    comment = re.match(r"/\*(.*?)\*/", source.read_text(), re.DOTALL)
    lines = [line.strip(" *\t") for line in comment[1].splitlines()] if comment else []
    told = [line.partition(": ")[::2] for line in lines]
    steps = [step.strip() for word, rest in told if word == "steps" for step in rest.split(";")]
    expected = [
        Expected(*(part.strip() for part in rest.split("|")))
        for word, rest in told
        if word == "expect"
    ]
    return Plan(source.stem, tuple(steps) or _DEFAULT_STEPS, tuple(expected))


def plans() -> list[Plan]:
    """All modules, by name."""
    return [read_plan(source) for source in sorted(MODULES.glob("*.c"))]


def recorded_file(plan: Plan) -> Path:
    return RECORDED / f"{plan.name}.txt"


def write_recording(recording: Recording, release: str) -> None:
    """A header of ``#`` lines, the console, and the leak detector's list after a line more."""
    header = [f"# kernel {release}", f"# module {recording.plan.name}"]
    header += [f"# range {start:#x} {end:#x}" for start, end in recording.ranges]
    parts = ["\n".join(header), recording.console.rstrip("\n")]
    if recording.kmemleak:
        parts += ["# kmemleak", recording.kmemleak.rstrip("\n")]
    RECORDED.mkdir(exist_ok=True)
    recorded_file(recording.plan).write_text("\n".join(parts) + "\n")


def read_recording(plan: Plan) -> Recording:
    text = recorded_file(plan).read_text()
    ranges = re.findall(r"^# range (\S+) (\S+)$", text, re.MULTILINE)
    body = re.sub(r"\A(?:# .*\n)+", "", text)
    console, _, kmemleak = body.partition("# kmemleak\n")
    return Recording(plan, console, tuple((int(a, 16), int(b, 16)) for a, b in ranges), kmemleak)
