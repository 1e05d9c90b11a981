"""The record of markings whose verdicts are known: one JSON line each, and the table made of them.

A record says how often a verdict was wrong, and whether it changed between two runs of a module.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.report import Verdict

#: Between these two lines of a page is what the record says.
BEGIN = "<!-- made by manage.py steadiness --pages -->"
END = "<!-- end -->"

Kind = Literal["correct", "defective", "hostile"]


class Marking(BaseModel):
    """One line of a record. ``words``: what the student reads first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tp: str
    module: str
    kind: Kind
    seed: int
    verdicts: dict[str, Verdict]
    wrong: tuple[str, ...]
    seconds: float
    commit: str
    load: float
    busy: int
    words: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """What is not marked twice."""
        return self.tp, self.module, self.seed


def read_record(path: Path) -> list[Marking]:
    """All markings of a record; none if there is no such file yet.

    Raises:
        ValueError: a line that is none of a record.
    """
    if not path.exists():
        return []
    markings = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            markings.append(Marking.model_validate_json(line))
        except ValidationError as error:
            raise ValueError(f"{path}:{number} is no marking: {error}") from error
    return markings


def append(path: Path, marking: Marking) -> None:
    """Add one line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(marking.model_dump_json() + "\n")


@dataclass(frozen=True)
class Row:
    """The markings of one TP's modules of one kind."""

    tp: str
    kind: str
    modules: int  # marked at least once
    corpus: int  # that there are
    markings: int
    fewest: int
    most: int
    wrong: int
    changed: int


def rows(markings: Sequence[Marking], corpus: Mapping[tuple[str, str], Set[str]]) -> list[Row]:
    """One row per TP and kind of the corpus. ``wrong`` counts verdicts and missing findings,
    ``changed`` the criteria of modules that were not decided the same in every run.
    """
    return [_row(tp, kind, names, markings) for (tp, kind), names in sorted(corpus.items())]


def _row(tp: str, kind: str, names: Set[str], markings: Sequence[Marking]) -> Row:
    mine = [m for m in markings if (m.tp, m.kind) == (tp, kind) and m.module in names]
    runs = Counter(m.module for m in mine)
    each = [runs[name] for name in names]
    seen: dict[tuple[str, str], set[Verdict]] = defaultdict(set)
    for marking in mine:
        for criterion, verdict in marking.verdicts.items():
            seen[marking.module, criterion].add(verdict)
    return Row(
        tp,
        kind,
        modules=len(runs),
        corpus=len(names),
        markings=len(mine),
        fewest=min(each),
        most=max(each),
        wrong=sum(len(m.wrong) for m in mine),
        changed=sum(len(verdicts) > 1 for verdicts in seen.values()),
    )


def as_markdown(
    markings: Sequence[Marking], corpus: Mapping[tuple[str, str], Set[str]]
) -> Iterable[str]:
    """The lines of the table, what it was measured on, and everything that was wrong."""
    yield "| TP | kind | modules | markings | runs each | wrong | changed between runs |"
    yield "|---|---|---|---|---|---|---|"
    table = rows(markings, corpus)
    for row in table:
        each = f"{row.fewest}" if row.fewest == row.most else f"{row.fewest} to {row.most}"
        yield (
            f"| {row.tp.upper()} | {row.kind} | {row.modules} of {row.corpus} | {row.markings} "
            f"| {each} | {row.wrong} | {row.changed} |"
        )
    total = sum(row.markings for row in table)
    modules, of = sum(row.modules for row in table), sum(row.corpus for row in table)
    wrong, changed = sum(row.wrong for row in table), sum(row.changed for row in table)
    yield f"| all | | {modules} of {of} | {total} | | {wrong} | {changed} |"
    yield ""
    yield from _circumstances(markings)
    yield ""
    bad = [marking for marking in markings if marking.wrong]
    yield "Every wrong verdict that is in the record:" if bad else "Nothing was wrong."
    yield ""
    for marking in bad:
        for what in marking.wrong:
            where = f"seed {marking.seed}, {marking.commit}"
            yield f"- {marking.tp} `{marking.module}` ({where}): {what}"


def _circumstances(markings: Sequence[Marking]) -> Iterable[str]:
    if not markings:
        yield "No markings."
        return
    seconds = sorted(marking.seconds for marking in markings)
    loads = sorted(marking.load for marking in markings)
    middle = len(markings) // 2
    commits = Counter(marking.commit for marking in markings)
    yield (
        f"Load average {loads[0]:.1f} to {loads[-1]:.1f}, median {loads[middle]:.1f}. A marking "
        f"took {seconds[0]:.0f} to {seconds[-1]:.0f} s, median {seconds[middle]:.0f}, "
        f"{sum(seconds) / 3600:.1f} hours in all. Commits: "
        + ", ".join(f"{commit} ({count})" for commit, count in commits.items())
        + "."
    )


def renewed(page: str, lines: Iterable[str]) -> str:
    """The page with these lines between its two marks.

    Raises:
        ValueError: it has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no '{BEGIN}' and '{END}' to write between")
    return "\n".join([before + begin, *lines, end + after])


def words_table(record: Iterable[Marking]) -> list[str]:
    """What is read first of each module that loses something, as it was said last."""
    last = {(each.tp, each.module): each.words for each in record if each.words}
    rows = [
        f"| {tp} | {module} | {words.replace('|', '&#124;')} |"
        for (tp, module), words in sorted(last.items())
    ]
    return ["| TP | module | what its student reads first |", "|---|---|---|", *rows]
