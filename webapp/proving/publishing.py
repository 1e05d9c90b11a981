"""Putting a rubric version in use: through the gate, or against it with a reason on record."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from grader.errors import RingmarkError
from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.courses.models import Assignment
from webapp.proving.gate import Objection, objections
from webapp.proving.proofs import criteria_of, latest_proof
from webapp.rubrics.models import RubricVersion
from webapp.rubrics.versions import put_in_use


class Refused(RingmarkError):
    """It was not published; the message says what to do."""


def digest(found: Sequence[Objection]) -> str:
    """Names what somebody read, to notice that something else stands there by now. Of what the
    objections are about, not of their words, which depend on the reader's language.
    """
    about = repr([(each.against.value, each.criteria, each.modules) for each in found])
    return hashlib.sha256(about.encode()).hexdigest()[:16]


def against(version: RubricVersion, language: str) -> list[Objection]:
    """What stands against publishing the version now. Raises RubricInvalid."""
    loaded = latest_proof(version)
    return objections(criteria_of(version, language), loaded.proven if loaded else None)


def publish(
    version: RubricVersion,
    by: User,
    now: dt.datetime,
    language: str,
    reason: str = "",
    seen: str = "",
) -> bool:
    """True: against objections, which are recorded with the reason. ``seen``: the digest of those
    that the person read.

    Raises:
        Refused: in use already; objections without a reason, or others than were read.
        RubricInvalid: the version cannot be read any more.
    """
    reason = reason.strip()
    with transaction.atomic():
        # Nobody adds a known module or publishes another version meanwhile.
        assignment = Assignment.objects.select_for_update().get(pk=version.assignment_id)
        version.refresh_from_db()
        if version.is_current:
            raise Refused(gettext("This version is in use already."))
        found = against(version, language)
        if found and not reason:
            raise Refused(
                gettext(
                    "It was not published: the objections below stand against it. To publish it "
                    "all the same, say why."
                )
            )
        if found and seen != digest(found):
            raise Refused(
                gettext(
                    "It was not published: other objections stand against it now than when you "
                    "read them. Read them once more; your reason is kept below."
                )
            )
        before = RubricVersion.objects.filter(assignment=assignment, is_current=True).first()
        put_in_use(version, now, by, forced_because=reason if found else "")
        record(
            by,
            Action.RUBRIC_FORCED if found else Action.RUBRIC_PUBLISHED,
            str(version),
            now,
            course_id=assignment.course_id,
            url=reverse("proof", args=[assignment.course.slug, assignment.tp, version.number]),
            reason=reason if found else "",
            version=version.number,
            before=before.number if before else None,
            objections=[each.sentence for each in found],
        )
    return bool(found)
