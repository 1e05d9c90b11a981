"""Marks of a class: the gradebook, one student, files, and how a TP went."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.people import person
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.courses.services import assignment_of, instructor_seat
from webapp.gradebook import charts, exports
from webapp.gradebook.book import Book, Look, students, sums_of
from webapp.gradebook.figures import figures
from webapp.gradebook.filters import BookFilter
from webapp.gradebook.students import Shown, attempts_of, student_in
from webapp.gradebook.tables import BookTable


def _look(request: HttpRequest) -> Look:
    asked = request.GET.get("look", "")
    return Look(asked) if asked in Look.values else Look.POLICY


@never_cache
@login_required
@require_GET
def gradebook(request: HttpRequest, course: str) -> HttpResponse:
    """Students by TPs: filtered, sorted, a page at a time."""
    seat = instructor_seat(person(request), course)
    book = Book.of(seat.course, _look(request), timezone.now())
    chosen = BookFilter(request.GET, queryset=students(book), book=book)
    table = BookTable(book, chosen.qs, request.GET.get("sort", ""))
    table.turn_to(request.GET.get("page", "1"))
    context = {
        "seat": seat,
        "book": book,
        "looks": Look.choices,
        "filter": chosen,
        "is_filtered": chosen.form.is_valid() and any(chosen.form.cleaned_data.values()),
        "table": table,
        "kinds": exports.Kind.choices,
    }
    return render(request, "gradebook/gradebook.html", context)


@never_cache
@login_required
@require_POST
def gradebook_export(request: HttpRequest, course: str) -> HttpResponseBase:
    """A file of the students that the address's filter finds, or of all; in the table's order."""
    seat = instructor_seat(person(request), course)
    kind = request.POST.get("kind", "")
    if kind not in exports.Kind.values:
        raise Http404
    now = timezone.now()
    book = Book.of(seat.course, _look(request), now)
    everybody = request.POST.get("rows") == "all"
    rows = students(book) if everybody else BookFilter(request.GET, students(book), book=book).qs
    table = BookTable(book, rows, request.GET.get("sort", ""))
    with transaction.atomic():
        record(
            seat.user,
            Action.EXPORTED,
            seat.course.title,
            now,
            course_id=seat.course.pk,
            format=kind,
            look=book.look.value,
            students=rows.count(),
            filter={} if everybody else {key: request.GET[key] for key in sorted(request.GET)},
        )
    return exports.response(exports.Kind(kind), book, table.sorted_rows)


@never_cache
@login_required
@require_GET
def student(request: HttpRequest, course: str, who: str) -> HttpResponse:
    """One student's attempts in all TPs."""
    seat = instructor_seat(person(request), course)
    book = Book.of(seat.course, Look.POLICY, timezone.now())
    enrolled = student_in(book, who)
    asked = request.GET.get("show", "")
    shown = Shown(asked) if asked in Shown.values else Shown.ALL
    context = {
        "seat": seat,
        "enrolled": enrolled,
        "student": enrolled.user,
        "sums": sums_of(book, [enrolled])[enrolled.user_id],
        "tps": attempts_of(book, enrolled, shown),
        "shown": shown,
        "kinds": Shown.choices,
    }
    return render(request, "gradebook/student.html", context)


@never_cache
@login_required
@require_GET
def class_report(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """How a class did in one TP."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    book = Book.of(seat.course, Look.POLICY, timezone.now())
    found = figures(book, assignment, get_language() or "en")
    context = {
        "seat": seat,
        "assignment": assignment,
        "figures": found,
        "marks": charts.of_marks(found),
        "criteria": charts.of_criteria(found, assignment.tp),
        "tries": charts.of_tries(found),
        "progress": charts.of_progress(found),
    }
    return render(request, "gradebook/report.html", context)
