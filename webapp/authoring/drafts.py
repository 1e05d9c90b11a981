"""The text that is being written: opened, saved, stored as the next version."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from grader.errors import RingmarkError
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.authoring.problems import MOST_CHARACTERS, too_long
from webapp.courses.models import Assignment
from webapp.rubrics.models import RubricDraft, RubricVersion
from webapp.rubrics.versions import NoRubric, store_version


class NotSaved(RingmarkError):
    """The text cannot be kept; the message says why."""


@dataclass(frozen=True)
class Opened:
    """What an editor begins with: the draft, or the latest version while there is none.

    ``token`` names this very state: what is saved must begin with it. ``newer``: a version that
    was stored since the draft was begun.
    """

    text: str
    based_on: RubricVersion
    draft: RubricDraft | None
    newer: RubricVersion | None = None

    @property
    def token(self) -> str:
        if self.draft is None:
            return f"{self.based_on.number}"
        return f"{self.based_on.number}.{self.draft.pk}.{self.draft.revision}"


class Conflict(RingmarkError):
    """Somebody else saved in between. ``theirs``: what is there now."""

    def __init__(self, theirs: Opened):
        self.theirs = theirs
        super().__init__("somebody else saved this rubric in between")


def open_draft(assignment: Assignment) -> Opened:
    """Raises NoRubric: the TP has no version to begin with."""
    latest = (
        RubricVersion.objects.filter(assignment=assignment)
        .select_related("author")
        .order_by("-number")
        .first()
    )
    if latest is None:
        raise NoRubric(f"{assignment.title} has no rubric yet")
    draft = (
        RubricDraft.objects.filter(assignment=assignment)
        .select_related("based_on", "author")
        .first()
    )
    if draft is None:
        return Opened(latest.text, latest, None)
    newer = latest if latest.number > draft.based_on.number else None
    return Opened(draft.text, draft.based_on, draft, newer)


def save(assignment: Assignment, text: str, token: str, author: User, now: dt.datetime) -> Opened:
    """Keep the text as the draft, whatever is wrong with it.

    Raises:
        NotSaved: it is too long.
        Conflict: ``token`` is not of what is there now.
    """
    if len(text) > MOST_CHARACTERS:
        raise NotSaved(too_long(text))
    if "\0" in text:
        raise NotSaved(_("The text has a NUL character, which no YAML has."))
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        opened = open_draft(assignment)
        if opened.token != token:
            raise Conflict(opened)
        if opened.text == text:
            return opened
        draft = opened.draft or RubricDraft(
            assignment=assignment, based_on=opened.based_on, revision=0
        )
        draft.text = text
        draft.revision += 1
        draft.author = author
        draft.saved_at = now
        draft.save()
    return Opened(text, opened.based_on, draft, opened.newer)


def store(assignment: Assignment, note: str, author: User, now: dt.datetime) -> RubricVersion:
    """The saved draft as the next version, not in use yet; the draft is gone then.

    Raises:
        RubricInvalid: with every problem; the draft stays.
        NotSaved: there is no draft, or it is no other text than the version it began with.
    """
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        draft = RubricDraft.objects.filter(assignment=assignment).select_related("based_on").first()
        if draft is None or draft.text == draft.based_on.text:
            raise NotSaved(_("Nothing was changed: there is nothing to store."))
        version = store_version(assignment, draft.text, now, author, note)
        draft.delete()
        record(
            author, Action.RUBRIC_STORED, f"{assignment.title}, version {version.number}", now,
            course_id=assignment.course_id, url=version.get_absolute_url(), reason=note,
            number=version.number, based_on=draft.based_on.number, sha256=version.sha256,
        )  # fmt: skip
    return version


def discard(assignment: Assignment, token: str) -> None:
    """Throw the draft away. Raises Conflict if it is another one by now."""
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        opened = open_draft(assignment)
        if opened.token != token:
            raise Conflict(opened)
        if opened.draft:
            opened.draft.delete()
