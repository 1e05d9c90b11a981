"""The filter ``date`` of every template (see settings, builtins): months as French writes them."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import defaultfilters
from django.utils.translation import get_language

register = template.Library()


@register.filter(name="date", expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> str:
    """Django's ``M`` writes "13 Oct 2026" in every language; in French it is "13 oct. 2026"."""
    if arg and get_language() == "fr":
        arg = arg.replace("j M Y", "j N Y")
    return str(defaultfilters.date(value, arg))
