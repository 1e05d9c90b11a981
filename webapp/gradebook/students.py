"""One student's attempts in all TPs of a course."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.http import Http404
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from webapp.courses.models import Assignment, Enrolment, Extension
from webapp.gradebook.book import Book, students
from webapp.gradebook.cells import Cell, cells_of, corrected_by_hand
from webapp.gradebook.markup import flags_html, score_html
from webapp.submissions import tries
from webapp.submissions.models import Mark


@dataclass(frozen=True)
class Attempt:
    """Or a try, whose mark is what it would be worth."""

    mark: Mark
    cell: Cell
    counts: bool

    @property
    def score(self) -> SafeString:
        return score_html(self.cell)

    @property
    def flags(self) -> SafeString:
        return flags_html(self.cell)


@dataclass(frozen=True)
class InOneTp:
    assignment: Assignment
    cell: Cell | None
    extension: Extension | None
    attempts: tuple[Attempt, ...]


def student_in(book: Book, who: str) -> Enrolment:
    """By user name, or else by number. Raises Http404 when no such student is in the course."""
    everybody = students(book)
    found = everybody.filter(user__username=who).first()
    if found is None and who.isascii() and who.isdecimal() and len(who) < 19:
        found = everybody.filter(user=int(who)).first()
    if found is None:
        raise Http404
    return found


class Shown(TextChoices):
    """What is listed."""

    ALL = "all", _("attempts and tries")
    ATTEMPTS = "attempts", _("attempts")
    TRIES = "tries", _("tries")


def attempts_of(book: Book, enrolled: Enrolment, shown: Shown = Shown.ALL) -> list[InOneTp]:
    """TP by TP, the newest first. Three queries, and one for tries."""
    cells = cells_of(book, [enrolled.user_id]).get(enrolled.user_id, {})
    extensions = {
        each.assignment_id: each
        for each in Extension.objects.filter(
            student=enrolled.user_id, assignment__in=book.assignments
        )
    }
    by_tp: dict[int, list[Attempt]] = {}
    attempts = _marks(book, enrolled) if shown != Shown.TRIES else []
    tried = _tries(book, enrolled) if shown != Shown.ATTEMPTS else []
    for mark in tries.with_tries(attempts, tried):
        tp = mark.submission.assignment_id
        counting = cells.get(tp)
        counts = counting is not None and counting.submission_id == mark.submission_id
        attempt = Attempt(mark, _cell(mark), counts and mark.score is not None)
        by_tp.setdefault(tp, []).append(attempt)
    return [
        InOneTp(each, cells.get(each.pk), extensions.get(each.pk), tuple(by_tp.get(each.pk, ())))
        for each in book.assignments
    ]


def _marks(book: Book, enrolled: Enrolment) -> list[Mark]:
    return list(
        Mark.objects.filter(
            submission__student=enrolled.user_id, submission__assignment__in=book.assignments
        )
        .select_related("submission", "marking__rubric")
        .annotate(corrected=corrected_by_hand())
        .order_by("submission__assignment", "-submission__attempt")
    )


def _tries(book: Book, enrolled: Enrolment) -> list[Mark]:
    return tries.tries_of(enrolled.user, *book.assignments)


def _cell(mark: Mark) -> Cell:
    return Cell(
        attempts=1,
        attempt=mark.submission.attempt,
        submission_id=mark.submission_id,
        score=mark.score,
        max_score=mark.max_score,
        late_days=mark.late_days,
        late_points=mark.late_points,
        state=mark.marking.state,
        corrected=getattr(mark, "corrected", False),
        latest_withheld=False,
    )
