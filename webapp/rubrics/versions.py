"""Storing rubric versions and putting one in use. Whether one may be published is for
``webapp.proving`` to say."""

from __future__ import annotations

import datetime as dt
import re

from django.db import transaction
from django.utils.translation import gettext

from grader.errors import RingmarkError
from grader.rubric import Rubric, parse_rubric
from grader.rubric.load import SHIPPED, RubricInvalid, load_rubric
from grader.texts import Text
from webapp.accounts.models import User
from webapp.courses.models import Assignment
from webapp.rubrics.models import RubricVersion


class NoRubric(RingmarkError):
    """A TP without a rubric in use takes nothing."""


def current_version(assignment: Assignment) -> RubricVersion:
    """The rubric version that what is handed in now is marked with.

    Raises:
        NoRubric: none was published yet.
    """
    version = RubricVersion.objects.filter(assignment=assignment, is_current=True).first()
    if version is None:
        text = gettext("%(tp)s has no published rubric yet: nothing can be handed in.")
        raise NoRubric(text % {"tp": assignment.title})
    return version


def current_rubric(assignment: Assignment) -> Rubric | None:
    """Parsed; None when none is published, or when this version of Ringmark cannot read it."""
    try:
        return current_version(assignment).parsed
    except RingmarkError:
        return None


def is_published(assignment: Assignment) -> bool:
    """Whether a version is in use, be it one that cannot be read any more."""
    return RubricVersion.objects.filter(assignment=assignment, is_current=True).exists()


def next_number(assignment: Assignment) -> int:
    last = RubricVersion.objects.filter(assignment=assignment).order_by("-number").first()
    return last.number + 1 if last else 1


def numbered(text: str, number: int) -> str:
    """The text with its ``version:`` set; the platform counts versions, not the author."""
    changed, found = re.subn(r"(?m)^version:[^\n#]*", f"version: {number}", text, count=1)
    return changed if found else f"version: {number}\n{text}"


def store_version(
    assignment: Assignment, text: str, now: dt.datetime, author: User | None, note: str = ""
) -> RubricVersion:
    """Keep a text as the next version; it is not in use yet.

    Raises:
        RubricInvalid: with every problem and its line; nothing is stored.
    """
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        number = next_number(assignment)
        text = numbered(text, number)
        rubric = parse_rubric(text)
        if rubric.tp != assignment.tp:
            line = next(
                (n for n, row in enumerate(text.splitlines(), 1) if row.startswith("tp:")), 1
            )
            other = Text(
                f"tp: this rubric is of {rubric.tp}, the TP here is {assignment.tp}",
                f"tp: ce barème est de {rubric.tp}, le TP ici est {assignment.tp}",
            )
            raise RubricInvalid("rubric.yaml", [(line, other)])
        return RubricVersion.objects.create(
            assignment=assignment, number=number, text=text, note=note, author=author,
            created_at=now,
        )  # fmt: skip


def put_in_use(
    version: RubricVersion, now: dt.datetime, by: User | None, forced_because: str = ""
) -> None:
    """From now on what is handed in is marked with it. Markings that are under way, or done, keep
    their version.
    """
    with transaction.atomic():
        RubricVersion.objects.filter(assignment=version.assignment_id, is_current=True).update(
            is_current=False
        )
        version.is_current = True
        version.published_at = now
        version.published_by = by
        version.forced_because = forced_because
        version.save(update_fields=["is_current", "published_at", "published_by", "forced_because"])


def adopt_shipped(assignment: Assignment, now: dt.datetime) -> RubricVersion:
    """Put the rubric that Ringmark ships for the TP in use, unless it is known already."""
    text = (SHIPPED / load_rubric(assignment.tp).tp / "rubric.yaml").read_text(encoding="utf-8")
    for version in RubricVersion.objects.filter(assignment=assignment, author=None):
        if numbered(text, version.number) == version.text:
            return version
    version = store_version(assignment, text, now, author=None, note="shipped with Ringmark")
    put_in_use(version, now, by=None)
    return version
