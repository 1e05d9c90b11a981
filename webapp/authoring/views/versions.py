"""A TP's rubric: its versions, one of them, two of them compared."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from grader.errors import RingmarkError
from grader.rubric import Rubric
from webapp.accounts.people import person
from webapp.authoring import comparison, copies
from webapp.authoring.forms import BeginForm
from webapp.courses.models import Assignment
from webapp.courses.services import assignment_of, instructor_seat
from webapp.differences import diff
from webapp.rubrics.models import RubricDraft, RubricVersion
from webapp.rubrics.texts import summaries


@never_cache
@login_required
@require_GET
def rubric(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """All versions, and the draft if there is one."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    versions = list(
        RubricVersion.objects.filter(assignment=assignment)
        .select_related("author", "published_by")
        .defer("text")
        .order_by("-number")
    )
    draft = (
        RubricDraft.objects.filter(assignment=assignment)
        .select_related("author", "based_on")
        .first()
    )
    context = {
        "seat": seat,
        "assignment": assignment,
        "versions": versions,
        "in_use": next((each for each in versions if each.is_current), None),
        "draft": draft,
        "begin": None if versions else BeginForm(copies.sources(seat.user)),
    }
    return render(request, "authoring/rubric.html", context)


@never_cache
@login_required
@require_GET
def version(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """One version: what changed with it, its criteria, its text."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    shown = _version(assignment, number)
    before = (
        RubricVersion.objects.filter(assignment=assignment, number__lt=number)
        .order_by("-number")
        .first()
    )
    parsed = _parsed(shown)
    context = {
        "seat": seat,
        "assignment": assignment,
        "version": shown,
        "before": before,
        "changes": _changes(_parsed(before), parsed) if before else None,
        "criteria": summaries(parsed, get_language() or "en"),
        "rubric": parsed,
        "lines": shown.text.rstrip("\n").split("\n"),
    }
    return render(request, "authoring/version.html", context)


@never_cache
@login_required
@require_GET
def compare(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """``?old=1&new=2``; without, the last two."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    numbers = list(
        RubricVersion.objects.filter(assignment=assignment)
        .order_by("number")
        .values_list("number", flat=True)
    )
    if not numbers:
        raise Http404
    old = _version(assignment, _number(request.GET.get("old"), numbers[-2:][0]))
    new = _version(assignment, _number(request.GET.get("new"), numbers[-1]))
    context = {
        "seat": seat,
        "assignment": assignment,
        "numbers": numbers,
        "old": old,
        "new": new,
        "changes": _changes(_parsed(old), _parsed(new)),
        "diff": list(diff(old.text.split("\n"), new.text.split("\n"))),
    }
    return render(request, "authoring/diff.html", context)


def _version(assignment: Assignment, number: int) -> RubricVersion:
    found = get_object_or_404(
        RubricVersion.objects.select_related("author", "published_by"),
        assignment=assignment,
        number=number,
    )
    found.assignment = assignment
    return found


def _number(given: str | None, default: int) -> int:
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or len(given) > 6:
        raise Http404
    return int(given)


def _parsed(version: RubricVersion | None) -> Rubric | None:
    """None for a text that this Ringmark cannot read any more."""
    try:
        return version.parsed if version else None
    except RingmarkError:
        return None


def _changes(old: Rubric | None, new: Rubric | None) -> list[str] | None:
    """None where one of them cannot be read."""
    return None if old is None or new is None else comparison.in_words(old, new)
