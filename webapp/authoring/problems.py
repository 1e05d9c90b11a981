"""What is wrong with a rubric's text, for a page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grader.rubric import Rubric, RubricInvalid, parse_rubric

#: Longest text that is taken: six times the longest rubric that is shipped.
MOST_CHARACTERS = 100_000
#: Problems that are shown; the first ones are the cause of many that follow.
MOST_PROBLEMS = 50


@dataclass(frozen=True)
class Problem:
    """``field``: the value's path, as form fields are named; ``source``: the line as it stands."""

    line: int
    message: str
    field: str = ""
    source: str = ""


@dataclass(frozen=True)
class Reading:
    """A text as it was understood: a rubric, or problems. ``more``: problems not listed."""

    rubric: Rubric | None
    problems: tuple[Problem, ...] = ()
    more: int = 0

    @property
    def more_text(self) -> str:
        return (
            ngettext("and %(n)d more", "and %(n)d more", self.more) % {"n": self.more}
            if self.more
            else ""
        )

    def at(self, field: str) -> str:
        """What is wrong with this value; empty if nothing."""
        return next((each.message for each in self.problems if each.field == field), "")


def read(text: str, tp: str) -> Reading:
    """``tp``: the short name of the TP that it is for."""
    if len(text) > MOST_CHARACTERS:
        return Reading(None, (Problem(1, too_long(text)),))
    try:
        rubric = parse_rubric(text)
    except RubricInvalid as error:
        return _of(error, text)
    if rubric.tp != tp:
        line = next((n for n, row in enumerate(text.split("\n"), 1) if row.startswith("tp:")), 1)
        message = _("this rubric is of %(its)s, the TP here is %(tp)s") % {
            "its": rubric.tp,
            "tp": tp,
        }
        return Reading(None, (Problem(line, message, "tp"),))
    return Reading(rubric)


def too_long(text: str) -> str:
    return _("The text has %(n)d characters; at most %(most)d are taken.") % {
        "n": len(text),
        "most": MOST_CHARACTERS,
    }


def _of(error: RubricInvalid, text: str) -> Reading:
    lines = text.split("\n")
    found = []
    for line, message in error.told(get_language() or "en")[:MOST_PROBLEMS]:
        place, separator, rest = message.partition(": ")
        is_place = separator and " " not in place
        source = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        found.append(
            Problem(
                line=line,
                message=rest if is_place else message,
                field=place if is_place else "",
                source=source[:120],
            )
        )
    return Reading(None, tuple(found), max(0, len(error.problems) - MOST_PROBLEMS))
