"""A TP's known modules: added by upload or taken over, looked at, retired."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language, gettext

from grader.errors import RingmarkError, UnusableInput
from grader.intake import DEVICE
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.courses.models import Assignment
from webapp.proving.gate import Judged
from webapp.proving.proofs import criteria_of
from webapp.rubrics.known import (
    Described,
    active_modules,
    adopt_known,
    has_proving_set,
    store_known,
)
from webapp.rubrics.models import KnownModule, ModuleKind, RubricVersion


class Refused(RingmarkError):
    """Nothing was stored; ``field`` is the form's field that the message is about."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class TpCriteria:
    """The criteria that a module of the TP can lose: the newest version's, then those that only
    the one in use has. ``asks_attribute``: is there an interrupt in any? ``device``: what the
    newest calls the module's device.
    """

    criteria: tuple[Judged, ...]
    asks_attribute: bool
    device: str

    def title(self, criterion: str) -> str:
        return next((each.title for each in self.criteria if each.id == criterion), criterion)


def tp_criteria(assignment: Assignment, language: str) -> TpCriteria:
    versions = RubricVersion.objects.filter(assignment=assignment)
    newest = versions.order_by("-number").first()
    current = versions.filter(is_current=True).first()
    found: dict[str, Judged] = {}
    asks = False
    device = ""
    for version in (newest, current):
        if version is None:
            continue
        version.assignment = assignment
        try:
            criteria = criteria_of(version, language)
        except RingmarkError:
            continue
        device = device or version.parsed.settings.device
        asks = asks or version.parsed.settings.interrupt is not None
        for each in criteria:
            found.setdefault(each.id, each)
    return TpCriteria(tuple(found.values()), asks, device or DEVICE)


@dataclass(frozen=True)
class Listed:
    module: KnownModule
    loses: tuple[tuple[str, str], ...]
    """Ids and titles."""


@dataclass(frozen=True)
class ModuleList:
    active: tuple[Listed, ...]
    retired: tuple[Listed, ...]
    can_adopt: bool

    @property
    def references(self) -> int:
        return sum(1 for each in self.active if each.module.kind == ModuleKind.REFERENCE)


def module_list(assignment: Assignment, of: TpCriteria) -> ModuleList:
    modules = list(
        KnownModule.objects.filter(assignment=assignment).select_related("author").order_by("pk")
    )
    listed = [described(each, of) for each in modules]
    active = [each for each in listed if each.module.retired_at is None]
    return ModuleList(
        active=tuple(sorted(active, key=lambda each: each.module.kind != ModuleKind.REFERENCE)),
        retired=tuple(each for each in listed if each.module.retired_at is not None),
        can_adopt=has_proving_set(assignment.tp),
    )


def described(module: KnownModule, of: TpCriteria) -> Listed:
    return Listed(module, tuple((each, of.title(each)) for each in module.loses))


def module_of(assignment: Assignment, module_id: int) -> KnownModule:
    """Raises Http404 unless it is of this TP."""
    module = (
        KnownModule.objects.filter(assignment=assignment, pk=module_id)
        .select_related("author")
        .first()
    )
    if module is None:
        raise Http404
    module.assignment = assignment
    return module


def add(assignment: Assignment, wanted: Described, author: User, now: dt.datetime) -> KnownModule:
    """Keep one more known module.

    Raises:
        Refused: the name is taken, or the same files are known already.
    """
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        for other in active_modules(assignment):
            if other.name == wanted.name:
                raise Refused(
                    "name",
                    gettext("There is a known module called %(name)s already: choose another name.")
                    % {"name": wanted.name},
                )
            if (other.sha256, other.attribute) == (wanted.tree.sha256, wanted.attribute):
                raise Refused(
                    "files",
                    gettext("The same files are known as %(name)s already.") % {"name": other.name},
                )
        module = store_known(assignment, wanted, secrets.randbits(31), now, author)
        _record(Action.MODULE_ADDED, module, author, now, sha256=module.sha256)
    return module


def check_attribute(assignment: Assignment, attribute: str) -> None:
    """Raises Refused: no attribute can have that name."""
    version = RubricVersion.objects.filter(assignment=assignment).order_by("-number").first()
    if version is None:
        return
    try:
        version.parsed.with_attribute(attribute)
    except UnusableInput as problem:
        raise Refused("attribute", problem.text.get(get_language() or "en")) from None


def retire(module: KnownModule, actor: User, now: dt.datetime, reason: str = "") -> bool:
    """Try it no more; it is kept, for the proofs that it was in. False: it is retired already."""
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=module.assignment_id)
        module.refresh_from_db(fields=["retired_at"])
        if module.retired_at is not None:
            return False
        module.retired_at = now
        module.save(update_fields=["retired_at"])
        _record(Action.MODULE_RETIRED, module, actor, now, reason=reason.strip())
    return True


def take_over(assignment: Assignment, actor: User, now: dt.datetime) -> int:
    """The shipped modules that are missing; how many were added."""
    with transaction.atomic():
        known = {each.pk for each in active_modules(assignment)}
        added = adopt_known(assignment, now)
        for module in active_modules(assignment):
            if module.pk not in known:
                module.assignment = assignment
                _record(Action.MODULE_ADDED, module, actor, now, shipped=True)
    return added


def _record(
    action: Action,
    module: KnownModule,
    actor: User,
    now: dt.datetime,
    reason: str = "",
    **detail: object,
) -> None:
    given = module.assignment
    record(
        actor,
        action,
        str(module),
        now,
        course_id=given.course_id,
        url=reverse("known-module", args=[given.course.slug, given.tp, module.pk]),
        reason=reason,
        kind=str(module.kind),
        loses=module.loses,
        **detail,
    )
