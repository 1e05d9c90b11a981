"""A marking on a terminal: each criterion as it is decided, then the mark and why."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from grader import events
from grader.report import CriterionReport, Report
from grader.rubric import Rubric

_MARKS = {
    "pass": ("✓ pass", "green"),
    "fail": ("✗ fail", "red"),
    "not-run": ("– not run", "yellow"),
    "error": ("! error", "magenta"),
}


#: What a student's text may hold and a terminal would obey: control characters, C1 ones too, and
#: marks that turn the direction of writing.
_CONTROLS = {
    code: f"\\x{code:02x}"
    for code in (*range(10), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F),
                 *range(0x2066, 0x206A), 0x200E, 0x200F)
}  # fmt: skip


class Silent:
    """For ``--json``: nothing but the report reaches stdout."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def event(self, event: events.Event) -> None:
        return None

    def progress(self, text: str, fraction: float | None) -> None:
        return None

    def show(self, report: Report) -> None:
        return None


class MarkingTable(Silent):
    """On a terminal the table is redrawn as criteria are decided; elsewhere plain lines."""

    def __init__(self, rubric: Rubric, *, color: bool = True):
        self.rubric = rubric
        self.console = Console(no_color=not color, highlight=False)
        self.decided: dict[str, CriterionReport] = {}
        self.running: dict[str, int] = {}
        self.note = "compiling"
        self.live = (
            Live(console=self.console, auto_refresh=False) if self.console.is_terminal else None
        )

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        if self.live:
            self.live.stop()

    def progress(self, text: str, fraction: float | None) -> None:
        self.note = text if fraction is None else f"{text} {fraction:.0%}"
        self._draw(line=self.note)

    def event(self, event: events.Event) -> None:
        match event:
            case events.BuildFinished(ok=ok, seconds=seconds):
                self.note = f"compiled in {seconds:.1f} s" if ok else "does not compile"
                self._draw(line=self.note)
            case events.CheckStarted(criterion=criterion):
                self.running[criterion] = self.running.get(criterion, 0) + 1
                self._draw()
            case events.CheckFinished(criterion=criterion):
                self.running[criterion] = self.running.get(criterion, 1) - 1
                self._draw()
            case events.CriterionDecided(criterion=report):
                self.decided[report.id] = report
                self._draw(line=f"{_MARKS[report.verdict][0]:10} {report.id}")

    def _draw(self, line: str | None = None) -> None:
        if self.live:
            self.live.update(self._table(), refresh=True)
        elif line:
            self.console.print(escape(line))

    def _table(self) -> Table:
        table = Table(title=escape(self.rubric.title.en), caption=escape(self.note))
        table.add_column("criterion")
        table.add_column("")
        table.add_column("verdict")
        table.add_column("points", justify="right")
        for criterion in self.rubric.criteria:
            report = self.decided.get(criterion.id)
            if report:
                word, colour = _MARKS[report.verdict]
                points = f"{report.points:g}/{report.max_points:g}"
            else:
                word, colour = ("...", "cyan") if self.running.get(criterion.id) else ("", "white")
                points = f"/{criterion.points:g}"
            table.add_row(criterion.id, criterion.title.en, Text(word, style=colour), points)
        return table

    def show(self, report: Report) -> None:
        """The mark, and for what was lost the reason and the steps of the first failing check."""
        if not self.live:
            self.console.print(self._table())
        for criterion in report.criteria:
            if criterion.verdict == "pass":
                continue
            colour = _MARKS[criterion.verdict][1]
            self._say(f"\n[bold {colour}]{criterion.id}[/] {escape(criterion.feedback)}")
            failed = [check for check in criterion.checks if check.verdict != "pass"]
            for step in failed[0].transcript if failed else ():
                due = f"  (due: {step.expected})" if step.ok is False and step.expected else ""
                mark = {True: "✓", False: "✗", None: "·"}[step.ok]
                self._say(escape(f"   {mark} {step.actor}: {step.action} -> {step.seen}{due}"))
        for finding in report.findings:
            place = f"{finding.file}:{finding.line} " if finding.file else ""
            self._say(f"\n[yellow]{finding.kind}[/] {escape(place + finding.title)}")
        score = "withheld" if report.score is None else f"{report.score:g}"
        self._say(
            f"\n[bold]{score} / {report.max_score:g}[/]   "
            f"seed {report.seed}, image {report.image}, "
            + ", ".join(f"{part} {seconds:.1f} s" for part, seconds in report.timings.items())
        )
        if report.message:
            self._say(escape(report.message))

    def _say(self, line: str) -> None:
        """Outside a terminal lines stay whole: a program may read them."""
        self.console.print(line.translate(_CONTROLS), soft_wrap=not self.console.is_terminal)
