"""``{% marked_again submission %}``: the section of a result page about its regrades.

A tag, so that the page of ``submissions``, which knows nothing of this room, can show it.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

from webapp.regrading import history
from webapp.submissions.models import Submission

register = template.Library()


@register.inclusion_tag("regrading/_marked_again.html")
def marked_again(submission: Submission) -> dict[str, Any]:
    return {"regrades": history.marked_again(submission, get_language() or "en")}
