"""What to do about the messages of the compiler that students meet most. The words are in
``compiler.yaml``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from grader.feedback.kinds import Words

_WORDS = Path(__file__).with_name("compiler.yaml")


class _Hint(Words):
    message: re.Pattern[str]


@cache
def _hints() -> tuple[_Hint, ...]:
    found = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return TypeAdapter(tuple[_Hint, ...]).validate_python(found)


def compiler_hint(message: str, option: str = "") -> Words | None:
    """What to do about it; None for a message that we have no word for.

    ``option``: the warning's, as ``-Wunused-result``.
    """
    whole = f"{message} {option}"
    return next((hint for hint in _hints() if hint.message.search(whole)), None)
