"""Lengths of time and differences of marks in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from webapp.submissions.templatetags.text import points

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def span(seconds: float | None) -> str:
    """Roughly: 40 s, 12 min, 3 h 20 min, 2 d 5 h."""
    if seconds is None:
        return "–"
    seconds = max(1, round(seconds))
    if seconds < 2 * MINUTE:
        return _("%(n)d s") % {"n": seconds}
    minutes = round(seconds / MINUTE)
    if minutes < 2 * 60:
        return _("%(n)d min") % {"n": minutes}
    if seconds < 2 * DAY:
        return _("%(h)d h %(m)d min") % {"h": minutes // 60, "m": minutes % 60}
    hours = round(seconds / HOUR)
    return _("%(d)d d %(h)d h") % {"d": hours // 24, "h": hours % 24}


@register.filter
def signed(difference: float | None) -> str:
    """+3, −2, ±0: the sign says it, not a colour."""
    if difference is None:
        return "–"
    sign = "+" if difference > 0 else "\N{MINUS SIGN}" if difference < 0 else "±"
    return sign + points(abs(difference))
