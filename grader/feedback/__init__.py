"""What a report means, for a person: pure functions on reports, in English and French.

``kinds``: what a kernel report says; ``compiler``: what to do about a message of the compiler;
``costing``: which findings cost points; ``first_words``: what is read first; ``script``: a failing
check as a shell script; ``timeline``: who was blocked when.
"""

from grader.feedback.compiler import compiler_hint
from grader.feedback.costing import behind, costs
from grader.feedback.first_words import first_words, is_specific
from grader.feedback.kinds import Explanation, explain
from grader.feedback.script import script_of
from grader.feedback.timeline import Lane, Span, Timeline, timeline_of

__all__ = [
    "Explanation",
    "Lane",
    "Span",
    "Timeline",
    "behind",
    "compiler_hint",
    "costs",
    "explain",
    "first_words",
    "is_specific",
    "script_of",
    "timeline_of",
]
