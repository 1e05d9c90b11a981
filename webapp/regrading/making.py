"""The pages on which a regrade is put together. Nothing is stored before it is confirmed."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts.people import person
from webapp.courses.services import assignment_of, instructor_seat
from webapp.regrading import choosing, estimates, starting
from webapp.regrading.forms import RegradeForm, known
from webapp.regrading.models import Which
from webapp.regrading.picking import picked, picker

#: How many of the chosen ones the confirmation names.
NAMED = 10


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Choose which, with what and why (``?submission=`` ticks some), then look how much it is."""
    if request.method == "POST" and "go" in request.POST:
        return _confirmation(request, course, tp)
    return _form(request, course, tp)


@login_required
@require_POST
def start(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Store it, or show the form again with what was wrong."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    form = RegradeForm(assignment, request.POST)
    if not form.is_valid():
        return _form(request, course, tp, form)
    try:
        regrade = starting.start(
            form.choice,
            form.cleaned_data["rubric"],
            form.cleaned_data["note"],
            seat.user,
            timezone.now(),
            afresh=form.cleaned_data["afresh"],
        )
    except starting.NothingChosen:
        form.add_error("which", _("There is nothing to mark any more: choose again."))
        return _form(request, course, tp, form)
    messages.success(request, _("Started. Students see nothing of it until you apply it."))
    return redirect(regrade)


def _confirmation(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    form = RegradeForm(assignment, _with_ticked(request.POST))
    if not form.is_valid():
        return _form(request, course, tp, form)
    choice = form.choice
    context = {
        "seat": seat,
        "assignment": assignment,
        "form": form,
        "choice": choice,
        "chosen_text": ",".join(str(each) for each in choice.chosen),
        "which": dict(RegradeForm.base_fields["which"].choices)[choice.which],  # type: ignore[attr-defined]
        "rubric": form.cleaned_data["rubric"],
        "rubric_label": form["rubric"].field.label_from_instance(form.cleaned_data["rubric"]),
        "note": form.cleaned_data["note"],
        "afresh": form.cleaned_data["afresh"],
        "estimate": estimates.estimate(choice),
        "named": choosing.submissions(choice).select_related("student")[:NAMED],
    }
    return render(request, "regrading/confirm.html", context)


def _form(
    request: HttpRequest, course: str, tp: str, form: RegradeForm | None = None
) -> HttpResponse:
    """Filled in as it was sent; a form with errors gives 422."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    data = request.POST if request.method == "POST" else request.GET
    chosen = frozenset(known(assignment, tuple(picked(data))))
    if form is None:
        initial = {"which": Which.CHOSEN if chosen else Which.LATEST}
        form = RegradeForm(assignment, initial=initial | _typed(data))
    context = {
        "seat": seat,
        "assignment": assignment,
        "form": form,
        "picker": picker(assignment, data, chosen),
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "regrading/new.html", context, status=status)


def _with_ticked(sent: QueryDict) -> QueryDict:
    """With everything that is ticked, on whatever page, in one field."""
    data = sent.copy()
    data["chosen"] = ",".join(str(each) for each in sorted(picked(sent)))
    return data


def _typed(data: QueryDict) -> dict[str, str]:
    """What was filled in before another page of the list was asked for."""
    names = ("which", "group", "rubric", "note", "afresh")
    return {name: data[name] for name in names if name in data}
