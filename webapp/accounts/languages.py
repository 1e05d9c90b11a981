"""Which language a page is in: the account's, else the browser's (cookie, Accept-Language)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views import i18n
from django.views.decorators.cache import never_cache

from webapp.accounts.models import User
from webapp.accounts.people import person


def account_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """After the middlewares of language and login: what an account has chosen holds everywhere."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Without a session there is nobody to ask the database for; /healthz stays without it.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            chosen = person(request).language
            if chosen in dict(settings.LANGUAGES):
                translation.activate(chosen)
        return get_response(request)

    return middleware


@never_cache
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own view, which keeps the choice in a cookie; kept with the account as well."""
    response = i18n.set_language(request)
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return response
