"""The known modules of a TP, for its instructors."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from grader.errors import UnusableInput
from grader.intake import read_upload
from webapp.accounts.people import person
from webapp.courses.models import Assignment
from webapp.courses.services import Seat, assignment_of, instructor_seat
from webapp.proving import known_modules as modules
from webapp.proving.forms import ModuleForm
from webapp.submissions import downloads, presentation
from webapp.submissions.uploads import uploads_of


@never_cache
@login_required
@require_GET
def known_modules(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """The list, and the form that adds one."""
    seat = instructor_seat(person(request), course)
    return _list_page(request, seat, assignment_of(seat, tp))


@never_cache
@login_required
@require_POST
def add(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Keep what was uploaded, or show the form again with what was wrong."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    of = modules.tp_criteria(assignment, get_language() or "en")
    form = ModuleForm(request.POST, criteria=of.criteria, asks_attribute=of.asks_attribute)
    problem = ""
    try:
        # Before the form's own problems are told: all that is wrong is said at once.
        tree = read_upload(uploads_of(request), device=of.device)
        if form.is_valid():
            modules.check_attribute(assignment, form.cleaned_data.get("attribute", ""))
            described = form.described(tree)
            module = modules.add(assignment, described, seat.user, timezone.now())
            messages.success(request, gettext("%(name)s was added.") % {"name": module.name})
            return redirect("known-modules", course, tp)
    except UnusableInput as wrong:
        problem = wrong.text.get(get_language() or "en")
    except modules.Refused as wrong:
        if wrong.field in form.fields:
            form.add_error(wrong.field, str(wrong))
        else:
            problem = str(wrong)
    return _list_page(request, seat, assignment, form, problem, status=422)


def _list_page(
    request: HttpRequest,
    seat: Seat,
    assignment: Assignment,
    form: ModuleForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    of = modules.tp_criteria(assignment, get_language() or "en")
    context = {
        "seat": seat,
        "assignment": assignment,
        "list": modules.module_list(assignment, of),
        "form": form or ModuleForm(criteria=of.criteria, asks_attribute=of.asks_attribute),
        "problem": problem,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_files": settings.UPLOAD_MAX_FILES,
    }
    return render(request, "proving/known_modules.html", context, status=status)


@login_required
@require_POST
def take_over(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Add the modules that come with Ringmark."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    try:
        added = modules.take_over(assignment, seat.user, timezone.now())
    except ValueError:  # no set of this TP: its page has no such button
        messages.error(request, gettext("Ringmark ships no known modules for this TP."))
        return redirect("known-modules", course, tp)
    said = ngettext("%(n)d module was taken over.", "%(n)d modules were taken over.", added)
    nothing = gettext("They are all here already; those that were retired stay retired.")
    messages.success(request, said % {"n": added} if added else nothing)
    return redirect("known-modules", course, tp)


@never_cache
@login_required
@require_GET
def known_module(request: HttpRequest, course: str, tp: str, module_id: int) -> HttpResponse:
    """One module: what is said of it, and its source."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    module = modules.module_of(assignment, module_id)
    of = modules.tp_criteria(assignment, get_language() or "en")
    files = [
        presentation.StoredFile(each.pk, each.path, bytes(each.data)) for each in module.files.all()
    ]
    context = {
        "seat": seat,
        "assignment": assignment,
        "listed": modules.described(module, of),
        "sources": presentation.sources_only(files),
    }
    return render(request, "proving/known_module.html", context)


@login_required
@require_POST
def retire(request: HttpRequest, course: str, tp: str, module_id: int) -> HttpResponse:
    """Try it no more."""
    seat = instructor_seat(person(request), course)
    module = modules.module_of(assignment_of(seat, tp), module_id)
    if modules.retire(module, seat.user, timezone.now(), request.POST.get("reason", "")):
        messages.success(request, gettext("%(name)s was retired.") % {"name": module.name})
    return redirect("known-modules", course, tp)


@never_cache
@login_required
@require_GET
def known_file(
    request: HttpRequest, course: str, tp: str, module_id: int, file_id: int
) -> HttpResponse:
    """A source file as it was added."""
    seat = instructor_seat(person(request), course)
    module = modules.module_of(assignment_of(seat, tp), module_id)
    file = get_object_or_404(module.files, pk=file_id)
    return downloads.text(bytes(file.data), file.path.rpartition("/")[2])
