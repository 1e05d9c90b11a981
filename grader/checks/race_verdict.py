"""Which data races cost the criterion, and which are only worth a word. Pure.

The course's criteria: two processors changing the channel's state at once (write against write, or
a read-modify-write lost) is a race. A report in which one side only reads, and does not use what it
read to compute what it stores, is how the book does it: advice, whichever side is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.build import Place
from grader.checks.statements import Source, Statement
from grader.kernel_reports import KernelReport
from grader.kernel_reports.model import Frame
from grader.kernel_reports.races import Access, Race, race_in

#: ``changed`` both sides store, and the value was seen to change under one of them; ``lost`` one
#: side reads it to compute what it stores there; ``looks`` one side only reads; ``same`` both
#: store, but nothing was seen to change; ``told`` a number that is only printed.
Kind = Literal["changed", "lost", "looks", "same", "told"]
HARMFUL: frozenset[Kind] = frozenset({"changed", "lost"})

#: Where a frame of the module's is in the student's source, if it is known.
Locate = Callable[[Frame], Place | None]


@dataclass(frozen=True)
class Judged:
    """One report and what it shows; the places are where the two sides are in the source.

    ``blame``: which of the two to point to, the one that stores without a lock as far as is known.
    """

    report: KernelReport
    race: Race
    kind: Kind
    places: tuple[Place | None, Place | None]

    @property
    def harmful(self) -> bool:
        return self.kind in HARMFUL

    @property
    def blame(self) -> Place | None:
        """A harmful pair's storing side; of a harmless one the side that looks."""
        order = sorted(
            zip(self.race.sides, self.places, strict=True),
            key=lambda side: (side[1] is None, side[0].writes != self.harmful),
        )
        return order[0][1]


def races_of(reports: Sequence[KernelReport], module: str) -> list[tuple[KernelReport, Race]]:
    """The reports that have the module on both sides: the others are the kernel's own."""
    found = []
    for report in reports:
        race = race_in(report)
        if race is not None and all(side.frame(module) is not None for side in race.sides):
            found.append((report, race))
    return found


def judge(report: KernelReport, race: Race, module: str, source: Source, locate: Locate) -> Judged:
    """What one pair of accesses shows."""
    places = [_place(side, module, locate) for side in race.sides]
    lines = [source.at(place.file, place.line) if place else () for place in places]
    kind = _kind(race, lines, source)
    return Judged(report, race, kind, (places[0], places[1]))


def _place(side: Access, module: str, locate: Locate) -> Place | None:
    frame = side.frame(module)
    return locate(frame) if frame is not None else None


def _kind(race: Race, lines: Sequence[Sequence[Statement]], source: Source) -> Kind:
    if all(side.writes for side in race.sides):
        if _only_told(lines, source):
            return "told"
        # Both storing the same is no change: `ready = true` from two sides.
        return "same" if race.changed is False else "changed"
    reading = 0 if not race.sides[0].writes else 1
    if not race.sides[1 - reading].writes:
        return "looks"
    if _updates(lines[reading], lines[1 - reading]):
        return "told" if _only_told(lines, source) else "lost"
    return "looks"


def _updates(reading: Sequence[Statement], storing: Sequence[Statement]) -> bool:
    """Does the reading side store to the same variable what it computes from it?

    Only where the text leaves no doubt. The variable is one of those that the other side's line
    stores to; whichever of them the reading side's line has, it must do nothing but update it.
    """
    stored = {store.name for statement in storing for store in statement.stores}
    seen = {name for name in stored if any(statement.names(name) for statement in reading)}
    return bool(seen) and all(
        statement.updates(name) for name in seen for statement in reading if statement.names(name)
    )


def _only_told(lines: Sequence[Sequence[Statement]], source: Source) -> bool:
    """Are both sides about numbers that decide nothing, as far as their lines tell?"""
    names = [{store.name for s in statements for store in s.stores} for statements in lines]
    return all(names) and all(source.only_told(name) for name in set().union(*names))
