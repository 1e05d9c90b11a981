"""A report as a page shows it: the reader's language, capped lengths, messages at their lines.

Pure: report and files in, values out. Nothing is escaped here; the templates do that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy

from grader.feedback import behind, compiler_hint, script_of
from grader.report import CheckReport, CriterionReport, Finding, Report, Step
from webapp.submissions import journal
from webapp.submissions.by_hand import CommentView, CorrectionView
from webapp.submissions.cutting import MAX_TEXT, cut, tail
from webapp.submissions.finding_views import FindingView, finding_view, kind_label
from webapp.submissions.own_lines import OwnLines
from webapp.submissions.pictures import (
    RingPicture,
    StreamsPicture,
    TimelinePicture,
    picture_of,
    ring_of,
    streams_of,
)

#: The compiler's words for how grave a message is.
_SEVERITIES = {
    "error": gettext_lazy("error"),
    "warning": gettext_lazy("warning"),
    "note": gettext_lazy("note"),
}
MAX_STEPS = 200
MAX_SOURCE_LINES = 3000
MAX_LINE = 400
MAX_DIAGNOSTICS = 200


@dataclass(frozen=True)
class CheckView:
    """``is_story``: of several checks that failed, the one to read first."""

    id: str
    verdict: str
    seconds: float
    reason: str
    steps: tuple[Step, ...]
    steps_hidden: int
    journal: journal.Journal
    console: str
    is_story: bool
    ring: RingPicture | None
    timeline: TimelinePicture | None
    streams: StreamsPicture | None
    script: str


@dataclass(frozen=True)
class CriterionView:
    """``points``: what counts, after the correction by hand if there is one."""

    id: str
    anchor: str
    title: str
    verdict: str
    points: float
    max_points: float
    feedback: str
    checks: tuple[CheckView, ...]
    findings: tuple[FindingView, ...]
    correction: CorrectionView | None = None

    @property
    def costs(self) -> bool:
        """Did it take points? Of one that is worth none: did it fail?"""
        failed = self.verdict != "pass" and self.correction is None
        return failed or self.points < self.max_points

    @property
    def has_story(self) -> bool:
        """Is there anything below that a reader could unfold?"""
        return any(each.steps or each.reason or each.console for each in self.checks)


@dataclass(frozen=True)
class NoteView:
    """A message at a line. ``level`` is error, warning, note, kernel or comment."""

    level: str
    label: str
    message: str
    hint: str = ""


#: Messages by file and line.
Notes = dict[str, dict[int, list[NoteView]]]


@dataclass(frozen=True)
class LineView:
    number: int
    text: str
    notes: tuple[NoteView, ...]

    @property
    def level(self) -> str:
        levels = {note.level for note in self.notes}
        order = ("error", "kernel", "warning", "note", "comment")
        return next((each for each in order if each in levels), "")


@dataclass(frozen=True)
class SourceView:
    id: int
    path: str
    anchor: str
    size: int
    lines: tuple[LineView, ...]
    lines_hidden: int
    notes: int


@dataclass(frozen=True)
class ResultView:
    criteria: tuple[CriterionView, ...]
    findings: tuple[FindingView, ...]
    sources: tuple[SourceView, ...]
    unplaced: tuple[NoteView, ...]
    build_ok: bool
    build_log: str
    journal: journal.Journal
    console: str
    guest_died: bool


@dataclass(frozen=True)
class StoredFile:
    id: int
    path: str
    data: bytes


def sources_only(
    files: Sequence[StoredFile], comments: Iterable[CommentView] = ()
) -> tuple[SourceView, ...]:
    """The files without the engine's messages: before there is a report."""
    notes: Notes = defaultdict(lambda: defaultdict(list))
    _add_comments(notes, comments)
    return tuple(
        _source(number, file, notes.get(file.path, {})) for number, file in enumerate(files)
    )


def line_anchors(paths: Iterable[str]) -> Callable[[str, int], str]:
    """Gives the address of a line inside the page; empty for one that is not shown."""
    numbers = {path: number for number, path in enumerate(paths)}

    def anchor(path: str, line: int) -> str:
        shown = path in numbers and line <= MAX_SOURCE_LINES
        return f"file-{numbers[path]}-{line}" if shown else ""

    return anchor


def criterion_only(
    identifier: str,
    title: str,
    verdict: str,
    points: tuple[float, float],
    correction: CorrectionView | None,
) -> CriterionView:
    """A criterion of a marking that left no report. ``points``: what counts, and the most."""
    return CriterionView(
        id=identifier, anchor=_criterion_anchor(identifier), title=title, verdict=verdict,
        points=points[0], max_points=points[1], feedback="", checks=(), findings=(),
        correction=correction,
    )  # fmt: skip


def result(
    report: Report,
    files: Sequence[StoredFile],
    language: str,
    corrections: Mapping[str, CorrectionView] | None = None,
    comments: Iterable[CommentView] = (),
) -> ResultView:
    """Everything the result page shows of a report, and at its places what was done by hand."""
    by_hand = corrections or {}
    anchors = {file.path: f"file-{number}" for number, file in enumerate(files)}

    def view(finding: Finding) -> FindingView:
        return finding_view(finding, anchors, language)

    notes, unplaced = _notes(report, anchors, language)
    _add_comments(notes, comments)
    own = OwnLines(file.data.decode("utf-8", errors="replace") for file in files)
    sources = tuple(
        _source(number, file, notes.get(file.path, {})) for number, file in enumerate(files)
    )
    return ResultView(
        criteria=tuple(
            _criterion(each, language, report.findings, view, own, by_hand.get(each.id))
            for each in report.criteria
        ),
        # The compiler's warnings stand at their lines already.
        findings=tuple(view(each) for each in report.findings if each.kind != "build-warning"),
        sources=sources,
        unplaced=tuple(unplaced),
        build_ok=report.build.ok,
        build_log=tail(report.build.log),
        journal=journal.parse(report.journal, own),
        console=tail(report.console),
        guest_died=any(each.kind == "panic" for each in report.findings),
    )


def _criterion_anchor(identifier: str) -> str:
    return identifier.replace(".", "-")


def _criterion(
    report: CriterionReport,
    language: str,
    findings: Iterable[Finding],
    view: Callable[[Finding], FindingView],
    own: OwnLines,
    correction: CorrectionView | None,
) -> CriterionView:
    lost = report.verdict != "pass"
    text = report.texts.get(language)
    story = next((check for check in report.checks if check.verdict == "fail"), None)
    return CriterionView(
        id=report.id,
        anchor=_criterion_anchor(report.id),
        title=text.title if text else report.title,
        verdict=report.verdict,
        points=correction.points if correction else report.points,
        max_points=report.max_points,
        feedback=(text.feedback if text else report.feedback)[:MAX_TEXT],
        checks=tuple(
            _check(check, text.title if text else report.title, language, check is story, own)
            for check in report.checks
        ),
        findings=tuple(view(each) for each in behind(report, findings)) if lost else (),
        correction=correction,
    )


def _check(
    report: CheckReport, title: str, language: str, is_story: bool, own: OwnLines
) -> CheckView:
    failed = report.verdict == "fail"
    steps = tuple(_step(step.told(language)) for step in report.transcript)
    drawn = report.model_copy(update={"transcript": tuple(map(_step, report.transcript))})
    return CheckView(
        id=report.id,
        verdict=report.verdict,
        seconds=report.seconds,
        reason=cut(report.told(language).reason),
        steps=steps[:MAX_STEPS],
        steps_hidden=max(0, len(report.transcript) - MAX_STEPS),
        journal=journal.parse(report.journal, own),
        console=tail(report.console),
        is_story=is_story,
        ring=ring_of(report.transcript) if failed else None,
        timeline=picture_of(drawn, language) if failed else None,
        streams=streams_of(report) if failed else None,
        script=cut(script_of(report, title, language), MAX_TEXT) if failed else "",
    )


def _step(step: Step) -> Step:
    words = {name: cut(getattr(step, name)) for name in step.WORDS}
    french = {name: cut(text) for name, text in step.fr.items()}
    return step.model_copy(update={**words, "fr": french})


def _add_comments(notes: Notes, comments: Iterable[CommentView]) -> None:
    """Below what the engine said of the line."""
    for comment in comments:
        note = NoteView("comment", comment.author, comment.text)
        notes[comment.path][comment.line].append(note)


def _notes(report: Report, anchors: dict[str, str], language: str) -> tuple[Notes, list[NoteView]]:
    """Messages by file and line, and those that belong to no line of the upload."""
    placed: Notes = defaultdict(lambda: defaultdict(list))
    unplaced: list[NoteView] = []
    for message in report.build.diagnostics[:MAX_DIAGNOSTICS]:
        severity = str(_SEVERITIES[message.severity])
        label = f"{severity} [{message.option}]" if message.option else severity
        hint = compiler_hint(message.message, message.option or "")
        told = hint.get(language) if hint else ""
        words = cut(message.told(language).message)
        note = NoteView(message.severity, cut(label, MAX_LINE), words, told)
        if message.file in anchors and message.line:
            placed[message.file][message.line].append(note)
        else:
            where = f"{message.file}: " if message.file else ""
            unplaced.append(replace(note, message=where + note.message))
    for finding in report.findings:
        # The compiler's own messages are there already, from the diagnostics.
        if finding.kind == "build-warning" or not (finding.file in anchors and finding.line):
            continue
        level = "note" if finding.advice or finding.kind == "static" else "kernel"
        label = kind_label(finding.kind)
        note = NoteView(level, label, cut(finding.told(language).title))
        at_line = placed[finding.file][finding.line]
        if note not in at_line:
            at_line.append(note)
    return placed, unplaced


def _source(number: int, file: StoredFile, notes: dict[int, list[NoteView]]) -> SourceView:
    lines = source_lines(file.data)
    return SourceView(
        id=file.id,
        path=file.path,
        anchor=f"file-{number}",
        size=len(file.data),
        lines=tuple(
            LineView(n, cut(line, MAX_LINE), tuple(notes.get(n, ())))
            for n, line in enumerate(lines[:MAX_SOURCE_LINES], start=1)
        ),
        lines_hidden=max(0, len(lines) - MAX_SOURCE_LINES),
        notes=sum(len(each) for each in notes.values()),
    )


def source_lines(data: bytes) -> list[str]:
    """As the page numbers them."""
    lines = data.decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines
