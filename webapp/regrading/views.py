"""What instructors see of regrades, and what they do with one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.people import person
from webapp.courses.services import Seat, assignment_of, instructor_seat
from webapp.regrading import applying, control, exporting, pages
from webapp.regrading.applying import Left, Result, Scope
from webapp.regrading.comparing import Show
from webapp.regrading.forms import ids
from webapp.regrading.models import Regrade

LISTED = 20

WHY_LEFT = {
    Left.MOVED: gettext_lazy("another result was applied meanwhile; “replace it” was not ticked"),
    Left.BUSY: gettext_lazy("they are being marked at this moment"),
    Left.REPLACED: gettext_lazy("another result was applied to them since; take that back first"),
}  # fmt: skip


def _found(request: HttpRequest, course: str, tp: str, number: int) -> tuple[Seat, Regrade]:
    """Raises Http404 unless it is of a TP of a course that the person teaches."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    regrade = get_object_or_404(
        Regrade.objects.select_related("rubric", "author"), pk=number, assignment=assignment
    )
    regrade.assignment = assignment
    return seat, regrade


@never_cache
@login_required
@require_GET
def regrades(request: HttpRequest, course: str, tp: str) -> HttpResponse:
    """All of the TP, the last one first."""
    seat = instructor_seat(person(request), course)
    assignment = assignment_of(seat, tp)
    found = Regrade.objects.filter(assignment=assignment).select_related("author", "rubric")
    page = Paginator(found, LISTED).get_page(request.GET.get("page"))
    context = {
        "seat": seat,
        "assignment": assignment,
        "page": page,
        "lines": pages.lines(list(page), assignment),
    }
    return render(request, "regrading/list.html", context)


@never_cache
@login_required
@require_GET
def regrade(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """How far it is, what would change, and the buttons that apply it."""
    seat, found = _found(request, course, tp, number)
    page = pages.regrade_page(
        found,
        Show(request.GET["show"]) if request.GET.get("show") in set(Show) else Show.CHANGED,
        request.GET.get("page", "1"),
        get_language() or "en",
    )
    context = {"seat": seat, "assignment": found.assignment, "regrade": found, "page": page}
    return render(request, "regrading/regrade.html", context)


@never_cache
@login_required
@require_GET
def live(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """The progress alone; 204 while nothing changed since the state named by ``?seen=``."""
    _seat, found = _found(request, course, tp, number)
    shown = ids(request.GET.get("shown", ""))
    part = pages.live_part(found, shown[0] if shown else 0)
    if request.GET.get("seen") == part.stamp:
        return HttpResponse(status=204)
    context = {"assignment": found.assignment, "regrade": found, "live": part, "polled": True}
    return render(request, "regrading/_live.html", context)


@login_required
@require_POST
def pause(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    return _control(request, course, tp, number, control.pause)


@login_required
@require_POST
def resume(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    return _control(request, course, tp, number, control.resume)


@login_required
@require_POST
def cancel(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    return _control(request, course, tp, number, control.cancel)


def _control(
    request: HttpRequest,
    course: str,
    tp: str,
    number: int,
    do: Callable[..., int],
) -> HttpResponse:
    seat, found = _found(request, course, tp, number)
    do(found, seat.user, timezone.now())
    return redirect(found)


@login_required
@require_POST
def retry(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """What failed, or the one named by ``item``, is tried again."""
    seat, found = _found(request, course, tp, number)
    item = ids(request.POST.get("item", ""))
    again = control.retry(found, seat.user, timezone.now(), item[0] if item else None)
    if again:
        text = ngettext("%(n)d will be tried again.", "%(n)d will be tried again.", again)
        messages.success(request, text % {"n": again})
    else:
        messages.warning(request, _("Nothing to try again: resume the regrade first, if it waits."))
    return redirect(found)


@login_required
@require_POST
def apply(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """Make new markings count: the ticked ones, or as ``scope`` says."""
    seat, found = _found(request, course, tp, number)
    wanted = request.POST.get("scope")
    scope = Scope(wanted) if wanted in set(Scope) else Scope.TICKED
    ticked = set(ids(",".join(request.POST.getlist("item"))))
    if scope == Scope.TICKED and not ticked:
        messages.warning(request, _("Nothing was ticked, so nothing was applied."))
        return redirect(_back(request, found))
    result = applying.apply(
        found, scope, seat.user, timezone.now(), ticked, replace="replace" in request.POST
    )
    done = ngettext("%(n)d mark applied.", "%(n)d marks applied.", result.done)
    _tell(request, done % {"n": result.done}, result)
    return redirect(_back(request, found))


@login_required
@require_POST
def undo(request: HttpRequest, course: str, tp: str, number: int) -> HttpResponse:
    """Back to what was shown before, of all that are applied or of the ticked ones."""
    seat, found = _found(request, course, tp, number)
    ticked = None
    if request.POST.get("scope") != "all":
        ticked = set(ids(",".join(request.POST.getlist("item"))))
        if not ticked:
            messages.warning(request, _("Nothing was ticked, so nothing was taken back."))
            return redirect(_back(request, found))
    result = applying.undo(found, seat.user, timezone.now(), ticked)
    done = ngettext("%(n)d mark taken back.", "%(n)d marks taken back.", result.done)
    _tell(request, done % {"n": result.done}, result)
    return redirect(_back(request, found))


def _tell(request: HttpRequest, done: str, result: Result) -> None:
    messages.success(request, done)
    for why, number in result.left.items():
        if number:
            text = ngettext(
                "%(n)d left as it is: %(why)s.", "%(n)d left as they are: %(why)s.", number
            )
            messages.warning(request, text % {"n": number, "why": WHY_LEFT[why]})
    if result.more:
        messages.warning(
            request, _("%(n)d more wait: press the button again for them.") % {"n": result.more}
        )


def _back(request: HttpRequest, regrade: Regrade) -> str:
    """The same tab and page of the list."""
    show, page = request.POST.get("show", ""), request.POST.get("page", "")
    if show in set(Show) and page.isascii() and page.isdigit():
        return f"{regrade.get_absolute_url()}?show={show}&page={page}#changes"
    return regrade.get_absolute_url()


@never_cache
@login_required
@require_GET
def export(request: HttpRequest, course: str, tp: str, number: int) -> StreamingHttpResponse:
    """The comparison as CSV."""
    _seat, found = _found(request, course, tp, number)
    response = StreamingHttpResponse(
        exporting.csv_lines(found), content_type="text/csv; charset=utf-8"
    )
    name = f"{found.assignment.course.slug}-{found.assignment.tp}-regrade-{found.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
