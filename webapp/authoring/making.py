"""New courses and TPs, and a TP's dates and late policy."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grader.errors import RingmarkError, UnusableInput
from grader.rubric import parse_rubric
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.authoring import copies
from webapp.authoring.copies import Names
from webapp.courses.models import Assignment, Course, Enrolment, Role
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.versions import store_version
from webapp.submissions import settling

#: What the mark of an attempt depends on.
DATES_AND_POLICY = frozenset({"due_at", "late_days", "late_points_per_day"})


class NotMade(RingmarkError):
    """``field``: the form field that it is about."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


def make_course(maker: User, slug: str, title: str, now: dt.datetime) -> Course:
    """The maker teaches it."""
    with transaction.atomic():
        course = Course.objects.create(slug=slug, title=title)
        Enrolment.objects.create(user=maker, course=course, role=Role.INSTRUCTOR)
        record(
            maker, Action.COURSE_MADE, title, now,
            course_id=course.pk, url=course.get_absolute_url(), slug=slug,
        )  # fmt: skip
    return course


def make_tp(
    assignment: Assignment,
    start_from: str,
    names: Names,
    titles: dict[str, str],
    maker: User,
    now: dt.datetime,
) -> RubricVersion:
    """Store a new TP with its rubric's version 1, which is not in use yet.

    Raises:
        NotMade: the rubric cannot be begun like this; nothing is stored.
    """
    text = _begun(start_from, assignment.tp, names, titles, maker)
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=assignment.course_id)
        if Assignment.objects.filter(course=assignment.course_id, tp=assignment.tp).exists():
            raise NotMade("tp", _("This course has a TP of this name already."))
        assignment.save()
        record(
            maker, Action.TP_MADE, assignment.title, now,
            course_id=assignment.course_id, url=assignment.get_absolute_url(),
            tp=assignment.tp, start_from=start_from, **_policy(assignment),
        )  # fmt: skip
        return _first_version(assignment, text, start_from, maker, now)


def begin_rubric(
    assignment: Assignment, start_from: str, names: Names, maker: User, now: dt.datetime
) -> RubricVersion:
    """Version 1 for a TP that has no rubric, not in use yet. Raises NotMade."""
    text = _begun(start_from, assignment.tp, names, {}, maker)
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        if RubricVersion.objects.filter(assignment=assignment).exists():
            raise NotMade("start_from", _("This TP has a rubric by now."))
        return _first_version(assignment, text, start_from, maker, now)


def change_tp(assignment: Assignment, before: Assignment, by: User, now: dt.datetime) -> bool:
    """Store changed dates and policy, and what they make of every attempt's mark. False: nothing
    had changed. ``before``: as it was stored.
    """
    old, new = _policy(before), _policy(assignment)
    changed = [name for name in new if old[name] != new[name]]
    if not changed:
        return False
    with transaction.atomic():
        assignment.save(update_fields=changed)
        if DATES_AND_POLICY & set(changed):
            settling.settle_dates(assignment)
        record(
            by, Action.TP_CHANGED, assignment.title, now,
            course_id=assignment.course_id, url=assignment.get_absolute_url(),
            old={name: old[name] for name in changed}, new={name: new[name] for name in changed},
        )  # fmt: skip
    return True


def _begun(start_from: str, tp: str, names: Names, titles: dict[str, str], maker: User) -> str:
    source = copies.text_of(start_from, maker)
    if source is None:
        raise NotMade("start_from", _("There is no such rubric."))
    try:
        there = copies.names_in(parse_rubric(source))
        settings = parse_rubric(source).settings
        for place in ("folder", "size", "count"):
            if getattr(names, place) and not getattr(there, place):
                raise NotMade(place, _("That rubric has no attributes in sysfs: leave it empty."))
        if names.attribute and settings.interrupt is None:
            raise NotMade("attribute", _("That rubric has no interrupt: leave it empty."))
        return copies.renamed(source, tp, names, titles)
    except NotMade:
        raise
    except UnusableInput as problem:
        raise NotMade("start_from", problem.text.get(get_language() or "en")) from None
    except RingmarkError as problem:
        raise NotMade("start_from", str(problem)) from None


def _first_version(
    assignment: Assignment, text: str, start_from: str, maker: User, now: dt.datetime
) -> RubricVersion:
    note = _("begun from %(source)s") % {"source": copies.label_of(start_from, maker)}
    version = store_version(assignment, text, now, maker, note[:300])
    record(
        maker, Action.RUBRIC_STORED, f"{assignment.title}, version {version.number}", now,
        course_id=assignment.course_id, url=version.get_absolute_url(), reason=note,
        number=version.number, based_on=start_from, sha256=version.sha256,
    )  # fmt: skip
    return version


def _policy(assignment: Assignment) -> dict[str, Any]:
    names = ("title", "opens_at", "due_at", "counts", "late_days", "late_points_per_day")
    values = {name: getattr(assignment, name) for name in names}
    return {
        name: value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
        for name, value in values.items()
    }
