"""A student's attempts, for the student and for who teaches the course."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from webapp.accounts.people import person
from webapp.attempts import comparing
from webapp.attempts.overview import attempts_page
from webapp.courses.services import assignment_of, seat_in, students_of
from webapp.submissions import services


@never_cache
@login_required
@require_GET
def attempts(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """One's own; an instructor names the student: ``?student=<username>``."""
    seat = seat_in(person(request), course)
    student = seat.user
    if seat.is_instructor:
        students = students_of(seat.course)
        student = get_object_or_404(students, username=request.GET.get("student", ""))
    given = assignment_of(seat, tp)
    without = request.GET.get("tries") == "no"
    page = attempts_page(student, given, get_language() or "en", without_tries=without)
    context = {
        "seat": seat, "assignment": given, "student": student, "page": page,
        "without_tries": without,
    }  # fmt: skip
    return render(request, "attempts/attempts.html", context)


@never_cache
@login_required
@require_GET
def compare(request: HttpRequest, submission_id: int) -> HttpResponse:
    """This attempt beside another of the same student and TP: ``?with=<id>``, else the last."""
    viewed = services.submission_for(person(request), submission_id)
    new = viewed.submission
    asked = request.GET.get("with", "")
    if asked:
        other = services.submission_for(person(request), int(asked) if asked.isdigit() else 0)
        old = other.submission
        if (old.student_id, old.assignment_id) != (new.student_id, new.assignment_id):
            raise Http404
    else:
        found = comparing.before(new)
        if found is None:
            raise Http404
        old = found
    if old.pk > new.pk:
        old, new = new, old
    context = {
        "comparison": comparing.compare(old, new, get_language() or "en"),
        "assignment": new.assignment,
        "viewed": viewed,
    }
    return render(request, "attempts/compare.html", context)
