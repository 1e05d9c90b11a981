"""What the editor's page shows, and what it sends."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webapp.authoring import comparison, drafts, kinds, problems
from webapp.authoring.fields import FormField, Merged, RubricFields, form_of, merge
from webapp.authoring.problems import Reading
from webapp.courses.models import Assignment
from webapp.courses.services import Seat
from webapp.differences import diff
from webapp.rubrics.versions import next_number


def editor(  # noqa: PLR0913  (what the page shows)
    request: HttpRequest,
    seat: Seat,
    assignment: Assignment,
    opened: drafts.Opened,
    text: str,
    *,
    refused: dict[str, str] | None = None,
    wrong: str = "",
    note_problem: str = "",
    conflict: bool = False,
    token: str = "",
    status: int = 200,
) -> HttpResponse:
    reading = problems.read(text, assignment.tp)
    form = form_of(text, reading) if len(text) <= problems.MOST_CHARACTERS else None
    context = {
        "seat": seat,
        "assignment": assignment,
        "opened": opened,
        "text": text,
        "token": token or opened.token,
        "is_unsaved": text != opened.text,
        "reading": reading,
        "form": _with_refused(request, form, refused or {}),
        "summary": _summary(reading),
        "wrong": wrong,
        "refused": [
            (name, request.POST.get(name, ""), why) for name, why in (refused or {}).items()
        ],
        "note": request.POST.get("note", ""),
        "note_problem": note_problem,
        "diff": list(diff(opened.text.split("\n"), text.split("\n"))) if conflict else None,
        "conflict": conflict,
        "next_number": next_number(assignment),
        "help": kinds.help_panel(),
        "most": problems.MOST_CHARACTERS,
    }
    return render(request, "authoring/edit.html", context, status=status)


def answer(
    request: HttpRequest, change: Merged, reading: Reading, form: RubricFields | None
) -> dict[str, object]:
    known = form.values() if form else {}
    found: dict[str, object] = {
        "text": change.text,
        "refused": change.refused,
        "values": known,
        "errors": {each.field: each.message for each in reading.problems if each.field in known},
        "notes": [{"line": each.line, "message": each.message} for each in reading.problems],
        "problems": render_to_string(
            "authoring/_problems.html",
            {"reading": reading, "form": form, "summary": _summary(reading)},
        ),
    }
    if (" ".join(form.ids) if form else None) != request.POST.get("ids"):
        found["form"] = render_to_string("authoring/_fields.html", {"form": form})
    return found


def _summary(reading: Reading) -> str:
    if reading.rubric is None:
        found = len(reading.problems) + reading.more
        return ngettext("%(n)d problem", "%(n)d problems", found) % {"n": found}
    return _("No problems: %(criteria)d criteria, %(points)s points in all.") % {
        "criteria": len(reading.rubric.criteria),
        "points": comparison.number(reading.rubric.max_score),
    }


def _with_refused(
    request: HttpRequest, form: RubricFields | None, refused: dict[str, str]
) -> RubricFields | None:
    """The form with what was typed where it could not be put into the text."""
    if form is None or not refused:
        return form

    def each(field: FormField) -> FormField:
        if field.name not in refused:
            return field
        typed = request.POST.get(field.name, "")
        return replace(field, value=typed, error=refused[field.name])

    return replace(
        form,
        title=tuple(map(each, form.title)),
        settings=tuple(map(each, form.settings)),
        criteria=tuple(
            replace(criterion, fields=tuple(map(each, criterion.fields)))
            for criterion in form.criteria
        ),
    )


def merged(request: HttpRequest) -> Merged:
    text, base = posted(request, "text"), posted(request, "base")
    if max(len(text), len(base)) > problems.MOST_CHARACTERS:
        return Merged(text, {})
    prefixes = ("title.", "settings.", "criteria.")
    fields = {name: value for name, value in request.POST.items() if name.startswith(prefixes)}
    return merge(base, text, fields)


def posted(request: HttpRequest, name: str) -> str:
    """As the browser had it: it sends CR LF, whatever was there."""
    return str(request.POST.get(name, "")).replace("\r\n", "\n")
