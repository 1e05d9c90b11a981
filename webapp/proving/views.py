"""The proof of a rubric version, and publishing it. For instructors."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from grader.errors import RingmarkError
from webapp.accounts.people import person
from webapp.courses.services import Seat, assignment_of, instructor_seat
from webapp.proving import proofs, publishing, results
from webapp.proving.models import ProofRun
from webapp.proving.pages import consequences, proof_page
from webapp.rubrics.models import RubricVersion
from webapp.submissions import dispatch, downloads
from webapp.submissions.pages import stored_report


def _version(seat: Seat, tp: str, number: int) -> RubricVersion:
    """Raises Http404 when the TP has no such version."""
    assignment = assignment_of(seat, tp)
    version = (
        RubricVersion.objects.filter(assignment=assignment, number=number)
        .select_related("published_by", "author")
        .first()
    )
    if version is None:
        raise Http404
    version.assignment = assignment
    return version


def _run(seat: Seat, tp: str, number: int, run_id: int) -> ProofRun:
    """Raises Http404 unless it is a run of a proof of this version."""
    version = _version(seat, tp, number)
    run = (
        ProofRun.objects.filter(pk=run_id, proof__rubric=version)
        .select_related("proof", "module", "marking")
        .first()
    )
    if run is None:
        raise Http404
    run.proof.rubric = version
    run.module.assignment = version.assignment
    return run


@never_cache
@login_required
@require_GET
def proof(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """The latest proof of the version, and what stands against publishing it."""
    seat = instructor_seat(person(request), course)
    return _proof_page(request, seat, _version(seat, tp, number))


def _proof_page(
    request: HttpRequest,
    seat: Seat,
    version: RubricVersion,
    problem: str = "",
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    page = proof_page(version, get_language() or "en", now)
    if page.waiting:
        dispatch.nudge(page.waiting, now)
    context = {
        "seat": seat,
        "assignment": version.assignment,
        "page": page,
        "after": consequences(version),
        "problem": problem,
        "reason": reason,
    }
    return render(request, "proving/proof.html", context, status=status)


@login_required
@require_POST
def start(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """Try the version on the known modules."""
    seat = instructor_seat(person(request), course)
    version = _version(seat, tp, number)
    try:
        proofs.start(version, seat.user, timezone.now())
    except RingmarkError as problem:
        return _proof_page(request, seat, version, problem=str(problem), status=422)
    return redirect("proof", course, tp, number)


@never_cache
@login_required
@require_GET
def live(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """The matrix alone; 204 while nothing changed since the state named by ``?seen=``."""
    seat = instructor_seat(person(request), course)
    version = _version(seat, tp, number)
    now = timezone.now()
    page = proof_page(version, get_language() or "en", now)
    if page.waiting:
        dispatch.nudge(page.waiting, now)
    if not page.is_final and request.GET.get("seen") == page.stamp:
        return HttpResponse(status=204)
    context = {
        "seat": seat,
        "assignment": version.assignment,
        "page": page,
        "after": consequences(version) if page.is_final else None,
        "polled": True,
    }
    return render(request, "proving/_live.html", context)


@login_required
@require_POST
def publish(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """Put the version in use, or say what stands against it."""
    seat = instructor_seat(person(request), course)
    version = _version(seat, tp, number)
    reason = request.POST.get("reason", "")[:2000]
    try:
        publishing.publish(
            version,
            seat.user,
            timezone.now(),
            get_language() or "en",
            reason,
            request.POST.get("seen", ""),
        )
    except RingmarkError as problem:
        return _proof_page(request, seat, version, str(problem), reason, status=422)
    messages.success(
        request,
        gettext("Version %(n)d is in use: what is handed in from now on is marked with it.")
        % {"n": version.number},
    )
    return redirect("proof", course, tp, number)


@never_cache
@login_required
@require_GET
def run(request: HttpRequest, course: str, tp: str, number: int, run_id: int) -> HttpResponse:
    """What one known module was given, and why."""
    seat = instructor_seat(person(request), course)
    found = _run(seat, tp, number, run_id)
    now = timezone.now()
    context = {
        "seat": seat,
        "assignment": found.module.assignment,
        "page": results.run_page(found, get_language() or "en", now),
    }
    return render(request, "proving/run.html", context)


@login_required
@require_POST
def again(request: HttpRequest, course: str, tp: str, number: int, run_id: int) -> HttpResponse:
    """Have a module that the platform could not mark tried again."""
    seat = instructor_seat(person(request), course)
    proofs.try_again(_run(seat, tp, number, run_id), seat.user, timezone.now())
    return redirect("proof", course, tp, number)


@never_cache
@login_required
@require_GET
def download(
    request: HttpRequest, course: str, tp: str, number: int, run_id: int, kind: str
) -> HttpResponse:
    """The run's report or a log of it; ``?check=`` picks one check's."""
    seat = instructor_seat(person(request), course)
    report = stored_report(_run(seat, tp, number, run_id).marking)
    if report is None:
        raise Http404
    return downloads.part_of(report, kind, request.GET.get("check", ""))
