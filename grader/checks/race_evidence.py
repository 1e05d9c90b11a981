"""What the guests of a race check showed, gathered: pairs of accesses, crashes, writes done.

From here come the words for the student and the findings at their lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.build import Module, Place, Query, Sandbox, Symbols
from grader.checks.race_stress import Run
from grader.checks.race_verdict import Judged, judge, races_of
from grader.checks.say import Text
from grader.checks.statements import Source
from grader.kernel_reports import (
    KernelReport,
    find_reports,
    involves_module,
    module_frames,
    title_in_both,
)
from grader.kernel_reports.model import Frame
from grader.report import Finding, said
from grader.texts import listed, same

#: Findings of either sort that are kept: nobody reads the tenth.
TOLD = 4
TEXT_CAP = 16_384
#: What else a module may do to this kernel that is certainly its own doing.
CRASHES = frozenset({"oops", "panic", "warn"})
#: What is in the stack of a store function (fs/sysfs/file.c, 6.12), and how many pairs in which
#: such a one stores beside the others are no longer the few of a condition read without the lock.
SYSFS_WRITE = "sysfs_kf_write"
OFTEN = 8


class Evidence:
    """What all guests of one check showed."""

    def __init__(self, module: Module, sandbox: Sandbox) -> None:
        self._module = module.kernel_name
        self._symbols = Symbols(module, sandbox)
        self._source = Source(module.tree.files)
        self._places: dict[Frame, Place | None] = {}
        self.races: list[Judged] = []
        self.crashes: list[KernelReport] = []
        self.writes = 0
        self.alive = True
        self.console = ""

    def take(self, text: str) -> bool:
        """Judge the reports in a part of the log. True when there is a harmful one."""
        pairs = races_of(find_reports(text), self._module)
        self.locate([f for _, race in pairs for s in race.sides if (f := s.frame(self._module))])
        self.races += [
            judge(report, race, self._module, self._source, self._places.get)
            for report, race in pairs
        ]
        return bool(self.harmful)

    def add(self, run: Run, console: str) -> None:
        """A guest is over."""
        self.writes += run.writes
        self.alive = run.end != "lost"
        # Of a guest that went down, the console has the last words.
        self.console = run.log + (console if run.end == "lost" else "")
        self.crashes += [
            report
            for report in find_reports(self.console)
            if report.kind in CRASHES and involves_module(report, self._module)
        ]

    def locate(self, frames: Sequence[Frame]) -> None:
        new = [frame for frame in dict.fromkeys(frames) if frame not in self._places]
        queries = [Query(f.function, f.offset, is_return=f.is_return) for f in new]
        if queries:
            self._places |= dict(zip(new, self._symbols.places(queries), strict=True))

    @property
    def harmful(self) -> list[Judged]:
        return [race for race in self.races if race.harmful]

    @property
    def doubtful(self) -> bool:
        """Both sides were seen to store, and nothing to change; or setting the size was seen to
        meet the others again and again: that needs a longer look.
        """
        return (
            any(race.kind == "same" for race in self.races) or sum(map(_sets, self.races)) >= OFTEN
        )

    def findings(self, check: str) -> tuple[Finding, ...]:
        """The harmful pairs, a few harmless ones as advice, and what crashed."""
        ordered = sorted(self.races, key=lambda race: (race.kind != "changed", race.blame is None))
        harmful = _distinct([race for race in ordered if race.harmful])
        harmless = _distinct([race for race in ordered if race.kind in ("looks", "same")])
        found = [_finding(race, check) for race in [*harmful[:TOLD], *harmless[:TOLD]]]
        for report in self.crashes[:1]:
            frames = module_frames(report, self._module)
            self.locate(frames)
            places = [place for frame in frames if (place := self._places.get(frame))]
            place = places[0] if places else None
            # After a race what it has spoilt is no second defect.
            found.append(_placed(report, place, check, advice=bool(harmful)))
        return tuple(found)


def reason_for(harmful: Sequence[Judged]) -> Text:
    """The clearest pair in words: one with both lines known, both sides storing."""
    best = min(harmful, key=lambda race: (race.kind != "changed", None in race.places))
    known = [place for place in best.places if place is not None]
    where = [f"{place.function}() ({place.file}:{place.line})" for place in known]
    if len(where) == 2 and where[0] == where[1]:
        place = f" in {where[0]}, run by both"
        fr_place = f" dans {where[0]}, exécutée par les deux"
    elif where:
        both = listed(map(same, where))
        place, fr_place = f" in {both.en}", f" dans {both.fr}"
    else:
        place = fr_place = ""
    return Text(
        f"two processors change the same data at once{place}",
        f"deux processeurs modifient les mêmes données en même temps{fr_place}",
    )


def _sets(race: Judged) -> bool:
    """Does one side store in a function that sysfs has called?"""
    return any(
        side.writes and any(frame.function == SYSFS_WRITE for frame in side.frames)
        for side in race.race.sides
    )


def _distinct(races: Sequence[Judged]) -> list[Judged]:
    """One for each place that is to blame."""
    return list({(race.harmful, race.blame): race for race in reversed(races)}.values())[::-1]


def _finding(race: Judged, check: str) -> Finding:
    return _placed(race.report, race.blame, check, advice=not race.harmful)


def _placed(
    report: KernelReport, place: Place | None, check: str, *, advice: bool = False
) -> Finding:
    return Finding(
        kind=report.kind,
        **said("title", title_in_both(report.title)),
        file=place.file if place else None,
        line=place.line if place else None,
        function=place.function if place else None,
        check=check,
        text=report.text[:TEXT_CAP],
        advice=advice,
    )
