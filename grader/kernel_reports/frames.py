"""``%pS`` and its relatives: from text to frames and raw addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.kernel_reports.model import Frame

# The bounds and the look-behind keep a search linear on hostile lines: no start inside a word.
_SYMBOL = (
    r"(?<![\w.$])([A-Za-z_.$][\w.$]{0,255})\+0x([0-9a-f]{1,8})/0x([0-9a-f]{1,8})"
    r"(?![0-9a-f])(?: \[([\w-]{1,64})(?: [0-9a-f]{8,64})?\])?"
)
_ANYWHERE = re.compile(_SYMBOL)
_STACK_LINE = re.compile(
    r"[ \t]{0,40}(?:\.\.\.)?(\? )?(?:\[<(?:0x)?[0-9a-f]{1,16}>\] )?(?:"
    + _SYMBOL
    + r"|(?:0x)?([0-9a-f]{16}))[ \t]*$"
)
#: ``%ps`` has no offset; only ``irq N: nobody cared`` uses it for something that we want.
_HANDLER = re.compile(
    r"\[<[0-9a-f]{1,16}>\] ([A-Za-z_.$][\w.$]{0,255})(?: \[([\w-]{1,64})(?: [0-9a-f]{8,64})?\])?"
)


def stack_line(text: str) -> Frame | int | None:
    """The frame, or the raw address, that a line of a stack consists of."""
    if "0x" not in text and "ffff" not in text:
        return None
    found = _STACK_LINE.match(text)
    if found is None:
        return None
    doubt, function, offset, size, module, address = found.groups()
    if function is None:
        return int(address, 16)
    return _frame(function, offset, size, module, certain=not doubt)


def frames_in(text: str, *, is_return: bool = True) -> Iterator[Frame]:
    """Every frame that a line mentions, wherever it stands."""
    if "+0x" not in text:
        return
    for found in _ANYWHERE.finditer(text):
        function, offset, size, module = found.groups()
        yield _frame(function, offset, size, module, is_return=is_return)


def handler(text: str) -> Frame | None:
    """A line of the list of handlers: the start of a function whose size is not told."""
    found = _HANDLER.match(text)
    return Frame(found[1], 0, 0, found[2], certain=True, is_return=False) if found else None


def _frame(
    function: str,
    offset: str,
    size: str,
    module: str | None,
    *,
    certain: bool = True,
    is_return: bool = True,
) -> Frame:
    at = int(offset, 16)
    return Frame(function, at, int(size, 16), module, certain, is_return=is_return and at > 0)
