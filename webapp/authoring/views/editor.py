"""Writing a rubric: form and YAML, checked while one types; preview; storing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grader.rubric import RubricInvalid
from webapp.accounts.people import person
from webapp.authoring import drafts, problems
from webapp.authoring.fields import Merged, form_of, merge
from webapp.authoring.views import editor_page as page
from webapp.courses.models import Assignment
from webapp.courses.services import Seat, assignment_of, instructor_seat
from webapp.rubrics.texts import summaries
from webapp.rubrics.versions import NoRubric


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """The editor; POST saves the draft, with its errors."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    try:
        opened = drafts.open_draft(assignment)
    except NoRubric:
        return redirect("rubric", course, tp)
    if request.method == "GET":
        return page.editor(request, seat, assignment, opened, opened.text)
    saved = _save(request, seat, assignment)
    if isinstance(saved, HttpResponse):
        return saved
    if request.POST.get("then") == "preview":
        return redirect("rubric-preview", course, tp)
    reading = problems.read(saved.text, assignment.tp)
    found = len(reading.problems) + reading.more
    if found:
        text = ngettext(
            "The draft is saved. %(n)d problem is left in it.",
            "The draft is saved. %(n)d problems are left in it.",
            found,
        ) % {"n": found}
    else:
        text = _("The draft is saved.")
    messages.success(request, text)
    return redirect("rubric-edit", course, tp)


@login_required
@require_POST
def validate(request: HttpRequest, course: str, tp: str) -> JsonResponse:
    """What the text means now, for the page that it is written on. ``field`` and ``value``, as
    often as needed: what was changed in the form; the answer has the text with it.
    """
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    text = page.posted(request, "text")
    if len(text) > problems.MOST_CHARACTERS:
        reading = problems.read(text, assignment.tp)
        return JsonResponse(page.answer(request, Merged(text, {}), reading, None))
    pairs = zip(request.POST.getlist("field"), request.POST.getlist("value"), strict=False)
    merged = merge(page.posted(request, "base") or text, text, dict(pairs))
    reading = problems.read(merged.text, assignment.tp)
    return JsonResponse(page.answer(request, merged, reading, form_of(merged.text, reading)))


@never_cache
@login_required
@require_GET
def preview(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """What students will read, in the language ``?language=``."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    try:
        opened = drafts.open_draft(assignment)
    except NoRubric:
        return redirect("rubric", course, tp)
    language = "fr" if request.GET.get("language", get_language() or "en")[:2] == "fr" else "en"
    reading = problems.read(opened.text, assignment.tp)
    rubric = reading.rubric
    context = {
        "seat": seat,
        "assignment": assignment,
        "opened": opened,
        "language": language,
        "reading": reading,
        "rubric": rubric,
        "title": rubric.title.get(language) if rubric else "",
        "criteria": summaries(rubric, language),
        "hints": [
            (each.title.get(language), each.hint.get(language))
            for each in (rubric.criteria if rubric else ())
        ],
    }
    return render(request, "authoring/preview.html", context)


@login_required
@require_POST
def store(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Save, and store what was saved as the next version."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    note = " ".join(request.POST.get("note", "").split())
    if not note or len(note) > 300:
        wrong = _("Say what changed, in at most 300 characters: others will read it.")
        return _again(request, seat, assignment, note_problem=wrong)
    saved = _save(request, seat, assignment)
    if isinstance(saved, HttpResponse):
        return saved
    try:
        version = drafts.store(assignment, note, seat.user, timezone.now())
    except RubricInvalid:
        wrong = _("The draft is saved, but not stored as a version: mend its problems first.")
    except drafts.NotSaved as problem:
        wrong = str(problem)
    else:
        messages.success(request, _("Stored as version %(n)d.") % {"n": version.number})
        return redirect(version)
    opened = drafts.open_draft(assignment)
    return page.editor(request, seat, assignment, opened, opened.text, wrong=wrong, status=422)


@login_required
@require_POST
def discard(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Throw the draft away."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    try:
        drafts.discard(assignment, request.POST.get("token", ""))
    except NoRubric:
        pass
    except drafts.Conflict:
        text = _("The draft was not thrown away: somebody has saved it again in between.")
        messages.warning(request, text)
    return redirect("rubric", course, tp)


def _save(request: HttpRequest, seat: Seat, assignment: Assignment) -> drafts.Opened | HttpResponse:
    """What was posted, as the draft; or the page that says why not, with all that was typed."""
    merged = page.merged(request)
    if merged.refused:
        return _again(request, seat, assignment)
    token = request.POST.get("token", "")
    try:
        return drafts.save(assignment, merged.text, token, seat.user, timezone.now())
    except drafts.NotSaved as problem:
        return _again(request, seat, assignment, wrong=str(problem))
    except drafts.Conflict as conflict:
        return _again(request, seat, assignment, theirs=conflict.theirs)
    except NoRubric:
        return redirect("rubric", seat.course.slug, assignment.tp)


def _again(
    request: HttpRequest,
    seat: Seat,
    assignment: Assignment,
    *,
    wrong: str = "",
    note_problem: str = "",
    theirs: drafts.Opened | None = None,
) -> HttpResponse:
    """The editor with what was posted."""
    opened = theirs or drafts.open_draft(assignment)
    merged = page.merged(request)
    if merged.refused and not wrong:
        wrong = _("Nothing was saved: see the values that could not be put into the YAML.")
    return page.editor(
        request, seat, assignment, opened, merged.text, refused=merged.refused, wrong=wrong,
        note_problem=note_problem, conflict=theirs is not None,
        token=opened.token if theirs else request.POST.get("token", ""),
        status=409 if theirs else 422,
    )  # fmt: skip
