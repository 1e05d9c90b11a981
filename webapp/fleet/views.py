"""What workers load. No session, no cookie: a token with each request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from grader.errors import PlatformFault
from webapp.fleet import offer, serving, tokens

View = Callable[..., HttpResponseBase]


def for_workers(view: View) -> View:
    """Only with a good token. What fails on our side is 503, which workers try again."""

    @never_cache
    @require_GET
    @wraps(view)
    def checked(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        if tokens.holder(request.headers.get("Authorization", ""), timezone.now()) is None:
            refusal = _plain("This address is for workers: it needs a token that is in use.", 401)
            refusal["WWW-Authenticate"] = 'Bearer realm="Ringmark workers"'
            return refusal
        try:
            return view(request, *args, **kwargs)
        except PlatformFault as fault:
            return _plain(str(fault), 503)

    return checked


@for_workers
def images(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse(offer.index())


@for_workers
def part(request: HttpRequest, part: str) -> HttpResponseBase:
    packed = offer.find(part)
    if packed is None:
        return _plain("No image in use has this part: ask for the index again.", 404)
    headers = request.headers
    return serving.send(packed, headers.get("Range", ""), headers.get("If-Range", ""))


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", "text/plain; charset=utf-8", status=status)
