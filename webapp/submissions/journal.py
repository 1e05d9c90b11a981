"""The guest's journal, one JSON object a line as ``journalctl -o json`` prints it, as rows.

A module can print anything, so a line may be no JSON, a field no text: nothing here raises.
Fields: systemd.journal-fields(7); priorities: syslog(3).
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from webapp.submissions.own_lines import OwnLines

MAX_ROWS = 500
MAX_MESSAGE = 1000
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


@dataclass(frozen=True)
class Row:
    """``is_own``: the student's module printed it, as far as its source tells."""

    time: dt.datetime | None
    priority: str
    source: str
    message: str
    is_own: bool = False

    @property
    def level(self) -> int:
        """0 (emergency) to 7 (debug); 6 where it is not said, as for most of what is printed."""
        return PRIORITIES.index(self.priority) if self.priority in PRIORITIES else 6

    @property
    def is_bad(self) -> bool:
        return self.priority in PRIORITIES[:4]

    @property
    def is_warning(self) -> bool:
        return self.priority == "warning"


@dataclass(frozen=True)
class Journal:
    """The last rows; ``hidden`` says how many earlier ones are left out."""

    rows: tuple[Row, ...]
    hidden: int

    def __bool__(self) -> bool:
        return bool(self.rows)


def parse(text: str, own: OwnLines | None = None) -> Journal:
    lines = [line for line in text.splitlines() if line.strip()]
    shown = lines[-MAX_ROWS:]
    return Journal(tuple(_row(line, own) for line in shown), len(lines) - len(shown))


def _row(line: str, own: OwnLines | None) -> Row:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        return Row(None, "", "", line[:MAX_MESSAGE])
    message = _text(entry.get("MESSAGE"))[:MAX_MESSAGE]
    source = _text(entry.get("SYSLOG_IDENTIFIER") or entry.get("_TRANSPORT"))[:64]
    from_kernel = entry.get("_TRANSPORT", "kernel") == "kernel"
    return Row(
        time=_time(entry.get("__REALTIME_TIMESTAMP")),
        priority=_priority(entry.get("PRIORITY")),
        source=source,
        message=message,
        is_own=own is not None and from_kernel and own.printed(f"{source}: {message}"),
    )


def _text(value: Any) -> str:
    """journalctl gives what is no UTF-8 as a list of byte values, and null for what is huge."""
    if isinstance(value, list):
        numbers = [n for n in value[:MAX_MESSAGE] if isinstance(n, int) and 0 <= n < 256]
        return bytes(numbers).decode("utf-8", errors="replace")
    return "" if value is None else str(value)


def _priority(value: Any) -> str:
    try:
        return PRIORITIES[int(value)]
    except (TypeError, ValueError, IndexError, OverflowError):
        return ""


def _time(value: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(int(value) / 1e6, tz=dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
