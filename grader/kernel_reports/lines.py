"""Console text -> lines, each with who printed it.

Accepted in any mix: the serial console (``[   12.345678][  T123] text``), the same without time
or caller, ``journalctl`` and syslog (``Nov 24 02:05:11 host kernel: text``) and ``/dev/kmsg``
records (``6,339,5140900,-,caller=T1;text``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: printk keeps at most 1024 bytes a record (PRINTK_MESSAGE_MAX, kernel/printk/internal.h); what
#: is longer did not come from it, and only costs time.
LONGEST_LINE = 2048

_JOURNAL = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ][\d:.,+Z-]{8,24})"
    r" [^ ]{1,64} kernel: ?"
)
_KMSG = re.compile(r"\d{1,4},\d{1,20},\d{1,20},[^;,]{1,8}(?:,caller=([CT]\d{1,9}))?[^;]{0,64};")
_STAMP = re.compile(
    r"(?:<\d{1,3}>)?\[ {0,8}\d{1,10}\.\d{6}\](?:\[ {0,8}([CT]\d{1,9})\])? ?"
    r"|\[ {0,8}([CT]\d{1,9})\] ?"
)
_TIME = re.compile(r"\[ {0,8}\d{1,10}\.\d{6}\](?:\[ {0,8}([CT]\d{1,9})\])? ?")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_CONTROL = dict.fromkeys((*range(9), *range(10, 32), 127))


@dataclass(frozen=True, slots=True)
class Line:
    """``index`` counts console lines from 0; ``caller`` is printk's (``T12`` a task, ``C0`` an
    interrupt on that processor), empty when the console does not tell."""

    index: int
    caller: str
    text: str


def read_lines(console: str) -> Iterator[Line]:
    """Every line without its prefix, in order. A kmsg record of several lines gives several."""
    for index, raw in enumerate(console.split("\n")):
        yield from _lines_of(index, _clean(raw[:LONGEST_LINE]))


def _clean(raw: str) -> str:
    if raw.isprintable():
        return raw
    if "\x1b" in raw:
        raw = _ESCAPE.sub("", raw)
    return raw.translate(_CONTROL)


def _lines_of(index: int, text: str) -> Iterator[Line]:
    if record := _KMSG.match(text):
        for part in text[record.end() :].split("\\x0a"):
            yield Line(index, record[1] or "", part)
        return
    if journal := _JOURNAL.match(text):
        text = text[journal.end() :]
    # A program's half line (a login prompt) may stand before the kernel's, on the same one.
    stamp = _STAMP.match(text) or _TIME.search(text)
    if stamp is None:
        yield Line(index, "", text)
    else:
        yield Line(
            index, next((caller for caller in stamp.groups() if caller), ""), text[stamp.end() :]
        )
