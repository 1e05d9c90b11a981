"""What students and instructors see of submissions."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from grader.errors import UnusableInput
from webapp.accounts.people import person
from webapp.courses.dates import dates_of
from webapp.courses.models import Counts
from webapp.courses.services import assignment_of, seat_in, seats, students_of
from webapp.rubrics.texts import summaries
from webapp.rubrics.versions import NoRubric, current_rubric, is_published
from webapp.submissions import dispatch, downloads, pages, services, tries
from webapp.submissions import former as markings
from webapp.submissions.former_page import former_page
from webapp.submissions.models import Marking
from webapp.submissions.overview import course_overview, course_overviews
from webapp.submissions.uploads import uploads_of

#: Students on a page of a class.
CLASS_PAGE = 50


@never_cache
@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """All courses of the person, each with its TPs."""
    courses = course_overviews(seats(person(request)), timezone.now())
    return render(request, "submissions/home.html", {"courses": courses})


@never_cache
@login_required
@require_GET
def course(request: HttpRequest, course: str) -> HttpResponse:
    """One course: its TPs."""
    overview = course_overview(seat_in(person(request), course), timezone.now())
    return render(request, "submissions/course.html", {"overview": overview})


@never_cache
@login_required
@require_GET
def assignment(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """A TP: for students the form and their attempts, for instructors the class."""
    return _assignment_page(request, course, tp)


@login_required
@require_POST
def hand_in(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """Store an upload and show it, or show the form again with what was wrong."""
    return _take(request, course, tp, as_try=False)


@login_required
@require_POST
def try_out(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """The same, to be marked without being handed in."""
    return _take(request, course, tp, as_try=True)


def _take(request: HttpRequest, course: str, tp: str, as_try: bool) -> HttpResponse:
    seat = seat_in(person(request), course)
    if seat.is_instructor:
        raise Http404
    try:
        submission = services.hand_in(
            seat.user,
            assignment_of(seat, tp),
            uploads_of(request),
            timezone.now(),
            request.POST.get("attribute", "").strip(),
            as_try=as_try,
        )
    except UnusableInput as refused:
        problem = refused.text.get(get_language() or "en")
    except (services.Closed, NoRubric) as refused:
        problem = str(refused)
    else:
        return redirect(submission)
    return _assignment_page(request, course, tp, problem=problem, status=422)


def _assignment_page(
    request: HttpRequest, course: str, tp: str, problem: str = "", status: int = 200
) -> HttpResponse:
    seat = seat_in(person(request), course)
    given = assignment_of(seat, tp)
    rubric = current_rubric(given)
    dates = dates_of(given, None if seat.is_instructor else seat.user)
    now = timezone.now()
    context = {
        "seat": seat,
        "assignment": given,
        "rubric": rubric,
        "not_published": rubric is None and not is_published(given),
        "dates": dates,
        "closed_because": dates.closed_because(now),
        "late_now": dates.days_late(now),
        "lost_now": dates.points_lost(now),
        "criteria": summaries(rubric, get_language() or "en"),
        "asks_attribute": rubric is not None and rubric.settings.interrupt is not None,
        "problem": problem,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_files": settings.UPLOAD_MAX_FILES,
    }
    if seat.is_instructor:
        page = Paginator(students_of(given.course), CLASS_PAGE).get_page(request.GET.get("page"))
        context["page"] = page
        context["pages"] = page.paginator.get_elided_page_range(page.number, on_each_side=2)
        context["rows"] = services.latest_of_class(given, list(page.object_list))
        context["withheld"] = services.withheld_in(given)[:50]
        return render(request, "submissions/class.html", context, status=status)
    attempts, tried = services.history(seat.user, given), tries.tries_of(seat.user, given)
    context["history"] = tries.with_tries(attempts, tried)
    context["takes_tries"] = given.counts == Counts.LAST
    context["only_tries"] = bool(tried) and not attempts
    return render(request, "submissions/assignment.html", context, status=status)


@never_cache
@login_required
@require_GET
def submission(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The live page while it is marked, the result afterwards."""
    viewed = services.submission_for(person(request), submission_id)
    if viewed.handed_in:
        return redirect(viewed.handed_in)
    return _submission_page(request, viewed)


@login_required
@require_POST
def hand_in_try(request: HttpRequest, submission_id: int) -> HttpResponse:
    """A student's try becomes an attempt."""
    viewed = services.submission_for(person(request), submission_id)
    if viewed.as_instructor or not viewed.submission.is_try:
        raise Http404
    try:
        made = tries.hand_in(viewed.submission, timezone.now())
    except (services.Closed, NoRubric) as problem:
        return _submission_page(request, viewed, problem=str(problem), status=422)
    said = gettext("Handed in: it is attempt %(n)d now.") % {"n": made.attempt}
    messages.success(request, said)
    return redirect(made)


def _submission_page(
    request: HttpRequest, viewed: services.Viewed, problem: str = "", status: int = 200
) -> HttpResponse:
    page = pages.submission_page(viewed, get_language() or "en", timezone.now())
    if page.marking:
        dispatch.nudge(page.marking, timezone.now())
    context = {"page": page, "problem": problem}
    return render(request, "submissions/submission.html", context, status=status)


@never_cache
@login_required
@require_GET
def progress(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The live part alone; 204 while nothing changed since the state named by ``?seen=``."""
    viewed = services.submission_for(person(request), submission_id)
    if viewed.handed_in:
        # In another tab: its marking is the attempt's now.
        return HttpResponse(headers={"HX-Redirect": viewed.handed_in.get_absolute_url()})
    now = timezone.now()
    live = pages.live_part(viewed, get_language() or "en", now)
    if live.marking:
        dispatch.nudge(live.marking, now)
    if not live.is_final:
        if request.GET.get("seen") == live.stamp:
            return HttpResponse(status=204)
        return render(request, "submissions/_progress.html", {"page": live, "polled": True})
    page = pages.submission_page(viewed, get_language() or "en", now)
    return render(request, "submissions/_result.html", {"page": page, "polled": True})


@login_required
@require_POST
def mark_again(request: HttpRequest, submission_id: int) -> HttpResponse:
    """An instructor sends a withheld marking back into the queue."""
    viewed = services.submission_for(person(request), submission_id)
    if not viewed.as_instructor:
        raise Http404
    services.mark_again(viewed.submission, person(request), timezone.now())
    return redirect(viewed.submission)


@never_cache
@login_required
@require_GET
def source(request: HttpRequest, submission_id: int, file_id: int) -> HttpResponse:
    """A source file as it was handed in."""
    viewed = services.submission_for(person(request), submission_id)
    file = get_object_or_404(viewed.submission.files, pk=file_id)
    return downloads.text(bytes(file.data), file.path.rpartition("/")[2])


@never_cache
@login_required
@require_GET
def download(request: HttpRequest, submission_id: int, kind: str) -> HttpResponse:
    """The report or a log of it; ``?check=`` picks one check's."""
    viewed = services.submission_for(person(request), submission_id)
    return _part(request, services.shown_marking(viewed.submission), kind)


@never_cache
@login_required
@require_GET
def former(request: HttpRequest, submission_id: int, marking_id: int) -> HttpResponse:
    """The whole feedback of a marking that does not count any more."""
    viewed = services.submission_for(person(request), submission_id)
    marking = markings.former(viewed, marking_id)
    page = former_page(viewed, marking, get_language() or "en")
    return render(request, "submissions/former.html", {"page": page})


@never_cache
@login_required
@require_GET
def former_download(
    request: HttpRequest, submission_id: int, marking_id: int, kind: str
) -> HttpResponse:
    """As ``download``, of a former marking."""
    viewed = services.submission_for(person(request), submission_id)
    return _part(request, markings.former(viewed, marking_id), kind)


def _part(request: HttpRequest, marking: Marking | None, kind: str) -> HttpResponse:
    report = pages.stored_report(marking)
    if report is None:
        raise Http404
    return downloads.part_of(report, kind, request.GET.get("check", ""))
