"""What an instructor does by hand on a result page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from webapp.accounts.people import person
from webapp.corrections import comments, points
from webapp.corrections.forms import CommentForm, PointsForm, ReasonForm
from webapp.corrections.points import Refused, Seen
from webapp.courses.services import instructor_seat
from webapp.submissions import pages, services
from webapp.submissions.models import Submission


@never_cache
@login_required
@require_POST
def correct(request: HttpRequest, course: str, submission_id: int) -> HttpResponse:
    """Set a criterion's points."""

    def save(submission: Submission, given: dict[str, Any], seen: Seen) -> None:
        points.set_points(
            submission, given["criterion"], given["points"], given["reason"], person(request),
            timezone.now(), seen,
        )  # fmt: skip
        messages.success(request, gettext("The points are set."))

    return _correction(request, course, submission_id, PointsForm, save)


@never_cache
@login_required
@require_POST
def annul(request: HttpRequest, course: str, submission_id: int) -> HttpResponse:
    """Annul a criterion's verdict."""

    def save(submission: Submission, given: dict[str, Any], seen: Seen) -> None:
        points.annul(
            submission, given["criterion"], given["reason"], person(request), timezone.now(), seen
        )
        messages.success(request, gettext("The verdict is annulled."))

    return _correction(request, course, submission_id, ReasonForm, save)


@never_cache
@login_required
@require_POST
def withdraw_correction(
    request: HttpRequest, course: str, submission_id: int, correction_id: int
) -> HttpResponse:
    """Take a correction back."""
    viewed = _taught(request, course, submission_id)
    if points.withdraw(viewed.submission, correction_id, person(request), timezone.now()):
        messages.success(request, gettext("The correction is withdrawn."))
    return redirect(f"{viewed.submission.get_absolute_url()}#criteria")


@never_cache
@login_required
@require_POST
def comment(request: HttpRequest, course: str, submission_id: int) -> HttpResponse:
    """Comment on a line."""
    viewed = _taught(request, course, submission_id)
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            made = comments.comment(
                viewed.submission, form.cleaned_data["path"], form.cleaned_data["line"],
                form.cleaned_data["text"], person(request), timezone.now(),
            )  # fmt: skip
        except Refused as why:
            form.add_error(why.field, str(why))
        else:
            messages.success(request, gettext("The comment is at its line."))
            return redirect(comments.address_of(made))
    return _page(request, viewed, commented=form)


@never_cache
@login_required
@require_POST
def withdraw_comment(
    request: HttpRequest, course: str, submission_id: int, comment_id: int
) -> HttpResponse:
    """Take a comment back."""
    viewed = _taught(request, course, submission_id)
    if comments.withdraw_comment(viewed.submission, comment_id, person(request), timezone.now()):
        messages.success(request, gettext("The comment is withdrawn."))
    return redirect(f"{viewed.submission.get_absolute_url()}#source")


def _correction(
    request: HttpRequest,
    course: str,
    submission_id: int,
    kind: type[ReasonForm],
    save: Callable[[Submission, dict[str, Any], Seen], None],
) -> HttpResponse:
    viewed = _taught(request, course, submission_id)
    form = kind(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            save(viewed.submission, given, Seen(given["marking"], given["seen"]))
        except Refused as why:
            form.add_error(why.field or None, str(why))
        else:
            anchor = given["criterion"].replace(".", "-")
            return HttpResponseRedirect(f"{viewed.submission.get_absolute_url()}#{anchor}")
    return _page(request, viewed, corrected=form)


def _taught(request: HttpRequest, course: str, submission_id: int) -> services.Viewed:
    """Raises Http404 unless the person teaches this course and the submission is of it."""
    seat = instructor_seat(person(request), course)
    viewed = services.submission_for(seat.user, submission_id)
    if viewed.submission.assignment.course_id != seat.course.pk:
        raise Http404
    return viewed


def _page(request: HttpRequest, viewed: services.Viewed, **tried: forms.Form) -> HttpResponse:
    """The result page again, what was typed still in its form, with what is wrong."""
    page = pages.submission_page(viewed, get_language() or "en", timezone.now())
    context = {"page": page, **tried}
    return render(request, "submissions/submission.html", context, status=422)
