"""Writing the audit log. Call it in the transaction that does the thing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from webapp.accounts.models import User
from webapp.audit.models import Action, AuditEntry


def record(
    actor: User | None,
    action: Action,
    target: str,
    now: dt.datetime,
    *,
    course_id: int | None = None,
    url: str = "",
    reason: str = "",
    **detail: Any,
) -> AuditEntry:
    """``detail`` has to be JSON: old and new values, so that what was there can be read later."""
    return AuditEntry.objects.create(
        course_id=course_id,
        actor=actor,
        action=action,
        target=target[:300],
        url=url,
        reason=reason,
        detail=detail,
        at=now,
    )
