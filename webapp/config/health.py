"""One address for a monitor to ask whether the site can do its work."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from webapp.config.celery import app


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503.

    A queue that is away is reported and is no failure: uploads are stored and wait.
    """
    state = {"database": "ok", "queue": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        state["database"] = "unreachable"
    try:
        with app.connection_for_write() as queue:
            queue.ensure_connection(max_retries=1, timeout=2)
    except OperationalError:
        state["queue"] = "unreachable"
    return JsonResponse(state, status=200 if state["database"] == "ok" else 503)
