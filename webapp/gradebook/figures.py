"""How a class did in one TP, in numbers. A fixed number of queries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import fmean, median

from django.db.models import Avg, Count, QuerySet

from webapp.courses.models import Assignment, Enrolment, Role
from webapp.gradebook.book import Book
from webapp.gradebook.cells import Cell, cells_of
from webapp.gradebook.passing import Passed, passing
from webapp.submissions.models import Mark

#: Bars of the marks, and attempts that have a bar each.
BINS = 10
SHOWN_ATTEMPTS = 20
#: Attempts per student: one bar each up to five, then these.
MANY = ((6, 10), (11, 20), (21, None))


@dataclass(frozen=True)
class Bin:
    """Marks from ``low`` to ``high``, which belongs to the next but for the last bin."""

    low: float
    high: float
    students: int


@dataclass(frozen=True)
class Tries:
    label: str
    students: int


@dataclass(frozen=True)
class AtAttempt:
    number: int
    students: int
    mean: float


@dataclass(frozen=True)
class Progress:
    """Of those who tried more than once and have a mark for the first attempt."""

    students: int
    better: int
    worse: int
    first: float
    counted: float

    @property
    def same(self) -> int:
        return self.students - self.better - self.worse


@dataclass(frozen=True)
class Figures:
    students: int
    tried: int
    marked: int
    withheld: int
    full: float
    mean: float | None
    middle: float | None
    bins: tuple[Bin, ...]
    criteria: tuple[Passed, ...]
    tries: tuple[Tries, ...]
    at_attempts: tuple[AtAttempt, ...]
    progress: Progress | None

    @property
    def hardest(self) -> Passed | None:
        """What the class fails most; of equals, what costs it more points."""
        failed = [each for each in self.criteria if each.share is not None and each.share < 1]
        return min(failed, key=lambda each: (each.share, -each.lost), default=None)


def figures(book: Book, assignment: Assignment, language: str) -> Figures:
    enrolled = Enrolment.objects.filter(course=book.course, role=Role.STUDENT)
    students = list(enrolled.values_list("user", flat=True))
    alone = Book(book.course, (assignment,), book.look, book.now)
    cells = {who: each[assignment.pk] for who, each in _of_class(alone, students).items()}
    marked = {who: cell for who, cell in cells.items() if cell.score is not None}
    scores = [float(cell.score or 0) for cell in marked.values()]
    full = max((cell.max_score or 0.0 for cell in marked.values()), default=0.0)
    return Figures(
        students=len(students),
        tried=len(cells),
        marked=len(marked),
        withheld=sum(1 for cell in cells.values() if cell.withheld),
        full=full,
        mean=fmean(scores) if scores else None,
        middle=median(scores) if scores else None,
        bins=histogram(scores, full),
        criteria=passing(alone, assignment, enrolled, language),
        tries=tries(students, cells),
        at_attempts=_at_attempts(assignment, enrolled),
        progress=_progress(assignment, marked),
    )


def _of_class(book: Book, students: list[int]) -> dict[int, dict[int, Cell]]:
    """Cells of everybody; those who left the course are not in it."""
    known = set(students)
    return {who: each for who, each in cells_of(book).items() if who in known}


def histogram(scores: list[float], full: float) -> tuple[Bin, ...]:
    if not full:
        return ()
    width = full / BINS
    # A mark of 6.000000000000001 is a 6: the bin's edge must not depend on how it was added up.
    counts = Counter(min(BINS - 1, int(round(score, 6) / width + 1e-9)) for score in scores)
    return tuple(Bin(n * width, (n + 1) * width, counts[n]) for n in range(BINS))


def tries(students: list[int], cells: dict[int, Cell]) -> tuple[Tries, ...]:
    counts = Counter(cells[who].attempts if who in cells else 0 for who in students)
    found = [Tries(str(n), counts[n]) for n in range(MANY[0][0])]
    for low, high in MANY:
        among = (
            n for number, n in counts.items() if number >= low and (not high or number <= high)
        )
        found.append(Tries(f"{low}–{high}" if high else f"{low}+", sum(among)))
    return tuple(found)


def _at_attempts(assignment: Assignment, enrolled: QuerySet[Enrolment]) -> tuple[AtAttempt, ...]:
    marks = Mark.objects.filter(
        submission__assignment=assignment,
        submission__student__in=enrolled.values("user"),
        submission__attempt__lte=SHOWN_ATTEMPTS,
        score__isnull=False,
    )
    rows = marks.values("submission__attempt").annotate(n=Count("pk"), mean=Avg("score"))
    return tuple(
        AtAttempt(row["submission__attempt"], row["n"], row["mean"])
        for row in rows.order_by("submission__attempt")
    )


def _progress(assignment: Assignment, marked: dict[int, Cell]) -> Progress | None:
    first = dict(
        Mark.objects.filter(
            submission__assignment=assignment, submission__attempt=1, score__isnull=False
        ).values_list("submission__student", "score")
    )
    pairs = [
        (first[who], float(cell.score or 0))
        for who, cell in marked.items()
        if cell.attempts > 1 and who in first
    ]
    if not pairs:
        return None
    return Progress(
        students=len(pairs),
        better=sum(1 for before, after in pairs if after > before),
        worse=sum(1 for before, after in pairs if after < before),
        first=fmean(before for before, _ in pairs),
        counted=fmean(after for _, after in pairs),
    )
