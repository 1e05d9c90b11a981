"""Texts of the schema's docstrings."""

from __future__ import annotations

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def docstring(text: str) -> SafeString:
    """Paragraphs, and ``names`` as code."""
    return format_html_join(
        "\n",
        "<p>{}</p>",
        ((_with_code(" ".join(part.split())),) for part in text.split("\n\n") if part.strip()),
    )


def _with_code(text: str) -> SafeString:
    pieces = re.split(r"``(.+?)``", text)
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<code>{}</code>", piece) if n % 2 else piece,)
            for n, piece in enumerate(pieces)
        ),
    )
