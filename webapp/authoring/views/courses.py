"""Making courses and TPs, and a TP's settings."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts.people import person
from webapp.authoring import copies, making
from webapp.authoring.forms import BeginForm, CourseForm, SettingsForm, TpForm
from webapp.courses.models import Assignment
from webapp.courses.services import assignment_of, instructor_seat


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_course(request: HttpRequest) -> HttpResponse:
    """For staff: a course, which they teach then."""
    maker = person(request)
    if not maker.is_staff:
        raise Http404
    form = CourseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        return redirect(making.make_course(maker, given["slug"], given["title"], timezone.now()))
    return render(request, "authoring/new_course.html", {"form": form}, status=_status(form))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_tp(request: HttpRequest, course: str) -> HttpResponse:
    """A TP with a rubric that is begun from another."""
    seat = instructor_seat(person(request), course)
    now = timezone.now()
    sources = copies.sources(seat.user)
    opens = timezone.localtime(now).replace(second=0, microsecond=0)
    form = TpForm(
        seat.course, sources, request.POST or None,
        instance=Assignment(course=seat.course), initial={"opens_at": opens},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        assignment = form.save(commit=False)
        assignment.tp = form.cleaned_data["tp"]
        titles = {
            "en": assignment.title,
            "fr": form.cleaned_data["title_fr"] or assignment.title,
        }
        source = form.cleaned_data["start_from"]
        try:
            making.make_tp(assignment, source, form.names, titles, seat.user, now)
        except making.NotMade as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(
                request,
                _("The TP is made. Its rubric is not in use yet: read it, then publish it."),
            )
            return redirect("rubric", seat.course.slug, assignment.tp)
    context = {"seat": seat, "form": form}
    return render(request, "authoring/new_tp.html", context, status=_status(form))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def tp_settings(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Title, dates, what counts, late policy."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    before = assignment_of(seat, tp)
    form = SettingsForm(request.POST or None, instance=assignment)
    if request.method == "POST" and form.is_valid():
        changed = making.change_tp(assignment, before, seat.user, timezone.now())
        messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
        return redirect("tp-settings", seat.course.slug, tp)
    # The page's title is the stored one, not what was typed.
    context = {"seat": seat, "assignment": before, "form": form}
    return render(request, "authoring/tp_settings.html", context, status=_status(form))


@login_required
@require_POST
def begin(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Version 1 of the rubric of a TP that has none."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    form = BeginForm(copies.sources(seat.user), request.POST)
    if form.is_valid():
        source = form.cleaned_data["start_from"]
        try:
            making.begin_rubric(assignment, source, form.names, seat.user, timezone.now())
        except making.NotMade as problem:
            form.add_error(problem.field, str(problem))
        else:
            return redirect("rubric", seat.course.slug, tp)
    context = {"seat": seat, "assignment": assignment, "begin": form, "versions": []}
    return render(request, "authoring/rubric.html", context, status=422)


def _status(form: CourseForm | TpForm | SettingsForm) -> int:
    return 422 if form.is_bound and form.errors else 200
