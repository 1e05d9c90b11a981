"""Reading a catalogue of texts (gettext's .po)."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

_LINE = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) (".*")$')


@dataclass
class Entry:
    """``parts``: msgid, msgid_plural, msgstr, msgstr[0] ... as far as they are there."""

    parts: dict[str, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return (
            self.parts.get("msgctxt", ""),
            self.parts["msgid"],
            self.parts.get("msgid_plural", ""),
        )

    @property
    def translations(self) -> list[str]:
        return [text for name, text in self.parts.items() if name.startswith("msgstr")]


def read(path: Path) -> list[Entry]:
    """All entries but the header."""
    entries = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        entry, name = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#,") and "fuzzy" in line:
                entry.fuzzy = True
            elif found := _LINE.match(line):
                name = found[1]
                entry.parts[name] = ast.literal_eval(found[2])
            elif line.startswith('"'):
                entry.parts[name] += ast.literal_eval(line)
        if entry.parts.get("msgid"):
            entries.append(entry)
    return entries
