"""The audit log of a course, for reading."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from webapp.accounts.models import User
from webapp.audit.models import AuditEntry
from webapp.courses.models import Course
from webapp.submissions.templatetags.text import visible_text

#: Most characters of a value that a page shows.
MOST = 600


@dataclass(frozen=True)
class Change:
    """A value before and after; ``after`` alone for what is simply said."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    entry: AuditEntry
    changes: tuple[Change, ...]
    told: tuple[Change, ...]

    @property
    def address(self) -> str:
        """Of the place, if it is one of this site."""
        url = self.entry.url
        return url if url.startswith("/") and not url.startswith(("//", "/\\")) else ""


def entries(course: Course, wanted: dict[str, Any]) -> QuerySet[AuditEntry]:
    """``wanted``: the cleaned fields of AuditForm."""
    found = AuditEntry.objects.filter(course=course).select_related("actor")
    if wanted.get("action"):
        found = found.filter(action=wanted["action"])
    if wanted.get("who"):
        found = found.filter(actor_id=wanted["who"])
    for word in (wanted.get("words") or "").split():
        found = found.filter(
            Q(target__icontains=word) | Q(reason__icontains=word) | Q(url__icontains=f"/{word}/")
        )
    if wanted.get("since"):
        found = found.filter(at__gte=_start(wanted["since"]))
    if wanted.get("until"):
        found = found.filter(at__lt=_start(wanted["until"] + dt.timedelta(days=1)))
    return found


def people_in(course: Course) -> list[tuple[str, str]]:
    """Who has done something, for the filter."""
    people = User.objects.filter(audit__course=course).distinct().order_by("last_name", "username")
    return [(str(each.pk), visible_text(each.get_full_name() or each.username)) for each in people]


def readable(entry: AuditEntry) -> Entry:
    """``old`` and ``new`` of the detail beside each other, then whatever else there is."""
    detail = dict(entry.detail) if isinstance(entry.detail, dict) else {"detail": entry.detail}
    old, new = detail.pop("old", {}), detail.pop("new", {})
    if not isinstance(old, dict) or not isinstance(new, dict):
        old, new = {"": old}, {"": new}
    changes = tuple(
        Change(_words(name), _value(old.get(name)), _value(new.get(name)))
        for name in dict.fromkeys((*old, *new))
        if (old.get(name) or "") != (new.get(name) or "") or name in {"", "points", "mark"}
    )
    told = tuple(Change(_words(name), "", _value(value)) for name, value in detail.items())
    return Entry(entry, changes, told)


def _start(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _value(value: Any) -> str:
    match value:
        case None | "":
            text = "–"
        case bool():
            text = "yes" if value else "no"
        case float():
            text = f"{value:g}"
        case list() if all(isinstance(each, str | int | float) for each in value):
            text = ", ".join(str(each) for each in value) or "–"
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return text if len(text) <= MOST else f"{text[:MOST]} … (+{len(text) - MOST})"
