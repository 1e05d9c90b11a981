"""Modules with and without locks, and what a race kernel said while they were used.

A module's first comment ends with ``shows:`` and the kinds (``race_verdict.Kind``) that its
recording has. ``right_*`` are correct, whatever KCSAN says of them; ``wrong_*`` are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from grader.build import Place
from grader.checks.race_verdict import Judged
from grader.intake.values import SourceFile, SourceTree, digest
from grader.kernel_reports.model import Frame

HERE = Path(__file__).parent
MODULES = HERE / "modules"
RECORDED = HERE / "recorded"
#: Reports of the same kind and the same two places that are kept.
ALIKE = 1

_PLACE = re.compile(r"^# place (\S+)\+(\d+) (\S+):(\d+) (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Recording:
    """``places`` is what the module's debug information says: (function, offset) -> line."""

    log: str
    places: dict[tuple[str, int], Place]

    def locate(self, frame: Frame) -> Place | None:
        return self.places.get((frame.function, frame.offset))


def names() -> list[str]:
    return sorted(path.stem for path in MODULES.glob("*.c"))


def tree_of(name: str) -> SourceTree:
    """As a student would hand it in."""
    files = tuple(SourceFile(n, (MODULES / n).read_bytes()) for n in ("channel.h", f"{name}.c"))
    return SourceTree(files, digest(files))


def shown_by(name: str) -> set[str]:
    found = re.search(r"^ \* shows:(.*)$", (MODULES / f"{name}.c").read_text(), re.MULTILINE)
    return {kind.strip() for kind in found[1].split(",") if kind.strip()} if found else set()


def write_recording(name: str, release: str, races: list[Judged]) -> None:
    """A few reports of each pair of places, with the places in front."""
    kept: dict[object, list[Judged]] = {}
    for race in races:
        alike = kept.setdefault((race.kind, race.places), [])
        if len(alike) < ALIKE:
            alike.append(race)
    chosen = [race for alike in kept.values() for race in alike]
    lines = [f"# kernel {release}", f"# module {name}"]
    for race in chosen:
        for side, place in zip(race.race.sides, race.places, strict=True):
            frame = side.frame(name)
            if frame is not None and place is not None:
                where = f"{place.file}:{place.line} {place.function}"
                lines.append(f"# place {frame.function}+{frame.offset} {where}")
    text = "\n".join([*dict.fromkeys(lines), *(race.report.text for race in chosen)])
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{name}.txt").write_text(text + "\n")


def read_recording(name: str) -> Recording:
    text = (RECORDED / f"{name}.txt").read_text()
    places = {
        (function, int(offset)): Place(file, int(line), inside)
        for function, offset, file, line, inside in _PLACE.findall(text)
    }
    return Recording(re.sub(r"^# .*\n", "", text, flags=re.MULTILINE), places)
