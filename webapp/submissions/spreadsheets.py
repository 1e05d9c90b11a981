"""Texts in files that a spreadsheet opens."""

from __future__ import annotations

from webapp.submissions.templatetags.text import visible_text

#: What a spreadsheet takes for the start of a formula (owasp.org, "CSV Injection"), and the
#: full-width forms that some take for the same.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Spaces in front of one do not hide it, and
    control characters are written out.
    """
    harmless = not text.startswith(FORMULA) and not text.lstrip().startswith(FORMULA)
    shown = visible_text(text)
    return shown if harmless else f"'{shown}"
