"""How one value is written in YAML."""

from __future__ import annotations

import re

import yaml

#: Characters that stand in a quoted scalar as they are; all others are escaped.
_PRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
#: What may stand without quotes, in a block and in a flow.
_PLAIN = re.compile(r"[^\W_][\w.+/()-]*( [\w.+/()-]+)*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def double_quoted(value: str) -> str:
    """Any text, on one line."""
    escaped = re.sub(r'[\\"]', lambda found: _ESCAPES[found[0]], value)
    return f'"{_PRINTABLE.sub(_escape, escaped)}"'


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return _ESCAPES.get(char) or (f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char)


def written(value: str, style: str | None, *, typed: bool) -> str:
    """The value as YAML, in the style of what was there: ``'``, ``"`` or None for plain.

    ``typed``: a number or true and false, which quotes would turn into text.
    """
    if typed and (_NUMBER.fullmatch(value) or value in ("true", "false")):
        return value
    if style == "'" and not _PRINTABLE.search(value):
        return "'" + value.replace("'", "''") + "'"
    if style is None and _PLAIN.fullmatch(value) and _is_text(value):
        return value
    return double_quoted(value)


def literal(value: str, indent: str) -> str | None:
    """As a ``|`` block without its first newline's indent; None where that cannot hold it."""
    body = value.removesuffix("\n")
    lines = body.split("\n")
    odd = not body or lines[0].startswith(" ") or not lines[0] or not lines[-1]
    if odd or body.endswith("\n") or any(_PRINTABLE.search(line) for line in lines):
        return None
    header = "|" if value.endswith("\n") else "|-"
    return "\n".join([header, *(indent + line if line else "" for line in lines)])


def _is_text(value: str) -> bool:
    """Whether a reader of YAML takes it for a text: ``on`` would be true, ``1e3`` a number."""
    resolved: str = yaml.SafeLoader("").resolve(yaml.ScalarNode, value, (True, False))
    return resolved == "tag:yaml.org,2002:str"
