"""Markings that do not count any more, or never did: which there are, and who may read them."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404

from webapp.submissions.models import Marking, State
from webapp.submissions.services import Viewed


def formers(viewed: Viewed) -> list[Marking]:
    """The last one first. Students have those that were once shown to them; instructors also
    regrades that were not applied.
    """
    seen = Q() if viewed.as_instructor else Q(was_shown=True)
    markings = viewed.submission.markings.filter(
        seen, is_shown=False, state__in=[State.GRADED, State.ERROR]
    )
    return list(markings.select_related("rubric").order_by("-finished_at", "-pk"))


def listed(viewed: Viewed, shown: Marking | None) -> list[Marking]:
    """What the result page links to. A student is as if nothing had been once a regrade was taken
    back: what it had shown is at its address, but in no list of theirs.
    """
    found = formers(viewed)
    if viewed.as_instructor or shown is None:
        return found
    return [each for each in found if each.pk < shown.pk]


def former(viewed: Viewed, marking_id: int) -> Marking:
    """Raises Http404 unless it is one of these."""
    found = next((each for each in formers(viewed) if each.pk == marking_id), None)
    if found is None:
        raise Http404
    return found
