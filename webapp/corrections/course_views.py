"""Pages of a course: extensions of a TP's date, and the audit log."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.people import person
from webapp.corrections import extensions, log
from webapp.corrections.forms import AuditForm, ExtensionForm
from webapp.corrections.points import Refused
from webapp.courses.models import Extension
from webapp.courses.services import assignment_of, instructor_seat

PER_PAGE = 50


@never_cache
@login_required
@require_GET
def extensions_page(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Who has another date, and a search for whom to give one."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    words = request.GET.get("q", "").strip()
    listed = Paginator(extensions.extensions_of(assignment), PER_PAGE)
    context = {
        "seat": seat,
        "assignment": assignment,
        "listed": listed.get_page(request.GET.get("page")),
        "words": words,
        "found": extensions.find_students(assignment, words),
        "most_found": extensions.MOST_FOUND,
    }
    return render(request, "corrections/extensions.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def extension_page(request: HttpRequest, course: str, tp: str, student_id: int) -> HttpResponse:
    """Grant or change one student's extension."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    student = extensions.student_in(assignment, student_id)
    former = Extension.objects.filter(assignment=assignment, student=student).first()
    start = {"due_at": former.due_at, "reason": former.reason} if former else {}
    form = ExtensionForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        due_at, reason = form.cleaned_data["due_at"], form.cleaned_data["reason"]
        try:
            extensions.extend(assignment, student, due_at, reason, seat.user, timezone.now())
        except Refused as why:
            form.add_error(why.field, str(why))
        else:
            messages.success(request, gettext("The date is extended."))
            return redirect("extensions", seat.course.slug, assignment.tp)
    context = {
        "seat": seat, "assignment": assignment, "student": student, "former": former, "form": form,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "corrections/extension.html", context, status=status)


@never_cache
@login_required
@require_POST
def withdraw_extension(request: HttpRequest, course: str, tp: str, student_id: int) -> HttpResponse:
    """The TP's own date holds again for the student."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    if extensions.withdraw_extension(assignment, student_id, seat.user, timezone.now()):
        messages.success(request, gettext("The extension is withdrawn."))
    return redirect("extensions", seat.course.slug, assignment.tp)


@never_cache
@login_required
@require_GET
def audit(request: HttpRequest, course: str) -> HttpResponse:
    """Everything that was done by hand in the course, the newest first."""
    seat = instructor_seat(person(request), course)
    form = AuditForm(request.GET, people=log.people_in(seat.course))
    form.is_valid()  # what is wrong is shown at its field and filters nothing
    found = Paginator(log.entries(seat.course, form.cleaned_data), PER_PAGE)
    shown = found.get_page(request.GET.get("page"))
    context = {
        "seat": seat,
        "form": form,
        "shown": shown,
        "entries": [log.readable(each) for each in shown],
        "is_filtered": any(form.cleaned_data.values()),
    }
    return render(request, "corrections/audit.html", context)
