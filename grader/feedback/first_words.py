"""What a student who lost something reads first, and whether it says anything of their module."""

from __future__ import annotations

import re

from grader.feedback.costing import behind
from grader.report import Report

#: A value that was due or came, a number, an error's name, a call, a line of the source, a file
#: that was used.
_SPECIFIC = re.compile(r"'[^']+'|\d|\bE[A-Z]{3,}\b|\w+\(\)|\w+\.[ch]\b|/(?:dev|sys)/\w")
_SENTENCE = re.compile(r".*?[.!?](?=\s|$)", re.DOTALL)


def first_words(report: Report) -> str:
    """The first sentence of the first criterion that was lost, and the place of the kernel report
    behind it, if there is one; empty for a module that lost nothing.
    """
    lost = next((each for each in report.criteria if each.verdict == "fail"), None)
    if lost is None:
        return ""
    found = _SENTENCE.match(lost.feedback)
    words = found[0] if found else lost.feedback
    cause = next(iter(behind(lost, report.findings)), None)
    if cause is None or not cause.file or not cause.line:
        return words
    place = f"{cause.file}:{cause.line}"
    if place in words:
        return words
    told = cause.title.casefold() in words.casefold()
    return f"{words} ({place})" if told else f"{words} ({place}: {cause.title})"


def is_specific(words: str) -> bool:
    """Whether it carries a value, a step or a line, and not a rule alone."""
    return _SPECIFIC.search(words) is not None
