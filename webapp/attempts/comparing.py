"""Two attempts of one student: what changed in the source, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from webapp.differences import DiffLine, diff
from webapp.rubrics.texts import summaries
from webapp.submissions.models import Marking, Submission
from webapp.submissions.services import shown_marking

#: Lines of all differences together that a page shows.
MOST_LINES = 2000
#: Files with more lines are not compared: difflib takes time that grows with their product.
LONGEST = 5000
MOST_CHARACTERS = 400


@dataclass(frozen=True)
class FileChange:
    """``state``: changed, added, removed, same, or long (not compared)."""

    path: str
    state: str
    lines: tuple[DiffLine, ...] = ()


@dataclass(frozen=True)
class VerdictChange:
    criterion: str
    title: str
    old: str
    new: str
    old_points: float
    new_points: float

    @property
    def changed(self) -> bool:
        return (self.old, self.old_points) != (self.new, self.new_points)


@dataclass(frozen=True)
class Comparison:
    old: Submission
    new: Submission
    verdicts: tuple[VerdictChange, ...]
    files: tuple[FileChange, ...]

    @property
    def changed_verdicts(self) -> tuple[VerdictChange, ...]:
        return tuple(each for each in self.verdicts if each.changed)


def compare(old: Submission, new: Submission, language: str) -> Comparison:
    return Comparison(
        old=old,
        new=new,
        verdicts=tuple(_verdicts(shown_marking(old), shown_marking(new), language)),
        files=tuple(_files(_sources(old), _sources(new))),
    )


def before(submission: Submission) -> Submission | None:
    """The attempt before this one; before a try, whatever the student sent last."""
    own = Submission.objects.filter(
        student=submission.student_id, assignment=submission.assignment_id, pk__lt=submission.pk
    )
    if not submission.is_try:
        own = own.filter(is_try=False)
    return own.order_by("-pk").first()


def _sources(submission: Submission) -> dict[str, list[str]]:
    return {
        file.path: bytes(file.data).decode("utf-8", errors="replace").splitlines()
        for file in submission.files.all()
    }


def _verdicts(old: Marking | None, new: Marking | None, language: str) -> Iterator[VerdictChange]:
    was = {row.criterion: row for row in old.progress.all()} if old else {}
    now = {row.criterion: row for row in new.progress.all()} if new else {}
    rubric = new.rubric.parsed if new else None
    titles = {each.id: each.title for each in summaries(rubric, language)}
    for criterion in dict.fromkeys((*now, *was)):
        a, b = was.get(criterion), now.get(criterion)
        yield VerdictChange(
            criterion=criterion,
            title=titles.get(criterion, criterion),
            old=a.verdict if a else "",
            new=b.verdict if b else "",
            old_points=a.points if a else 0,
            new_points=b.points if b else 0,
        )


def _files(old: dict[str, list[str]], new: dict[str, list[str]]) -> Iterator[FileChange]:
    left = MOST_LINES
    for path in dict.fromkeys((*new, *old)):
        was, now = old.get(path), new.get(path)
        if was == now:
            yield FileChange(path, "same")
            continue
        if len(was or ()) > LONGEST or len(now or ()) > LONGEST:
            yield FileChange(path, "long")
            continue
        state = "added" if was is None else "removed" if now is None else "changed"
        lines = tuple(islice(_lines(was or [], now or []), left))
        left -= len(lines)
        yield FileChange(path, state, lines)


def _lines(old: list[str], new: list[str]) -> Iterator[DiffLine]:
    return (replace(line, text=line.text[:MOST_CHARACTERS]) for line in diff(old, new))
