"""Debian's archive as this machine's apt is set up for it: we name no server of our own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from grader.errors import PlatformFault

SUITE = "bookworm"
_SUITES = {SUITE, f"{SUITE}-updates", f"{SUITE}-security", f"{SUITE}/updates"}
# Others publish under Debian's suite names too (with components of their own, under other paths).
_LAST_STEPS = {"debian", "debian-security"}
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$")


@dataclass(frozen=True)
class Source:
    """One archive, suite and component list."""

    uri: str
    suite: str
    components: tuple[str, ...]

    def line(self) -> str:
        """In apt's one-line form."""
        return f"deb {self.uri} {self.suite} {' '.join(self.components)}"


def machine_sources(etc: Path = Path("/etc/apt")) -> list[Source]:
    """Debian 12's entries in an apt configuration folder.

    Raises:
        PlatformFault: there are none.
    """
    found: list[Source] = []
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for file in files:
        if file.suffix == ".sources" and file.is_file():
            found += deb822(file.read_text())
        elif file.suffix == ".list" and file.is_file():
            found += one_line(file.read_text())
    kept = debian_only(found)
    if not any(source.suite == SUITE for source in kept):
        raise PlatformFault(
            f"no Debian 12 archive in {etc}: the guest is made from the machine's own apt sources"
            f" (an entry with suite {SUITE} and component main)"
        )
    return kept


def one_line(text: str) -> list[Source]:
    """Entries of the form ``deb [options] URI suite component...``."""
    entries = []
    for line in text.splitlines():
        if match := _ONE_LINE.match(line.split("#", 1)[0].strip()):
            entries.append(Source(match[1], match[2], tuple(match[3].split())))
    return entries


def deb822(text: str) -> list[Source]:
    """Stanzas with the fields Types, URIs, Suites and Components."""
    entries = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in {"no", "false", "0"}:
            continue
        entries += [
            Source(uri, suite, tuple(fields.get("components", "").split()))
            for uri in fields.get("uris", "").split()
            for suite in fields.get("suites", "").split()
        ]
    return entries


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += " " + line.strip()
        elif ":" in line:
            key, value = line.split(":", 1)
            name = key.strip().lower()
            fields[name] = value.strip()
    return fields


def debian_only(sources: list[Source]) -> list[Source]:
    """Debian 12's own, main only, each once, and mirror lists replaced by their first mirror."""
    kept: dict[tuple[str, str], Source] = {}
    for source in sources:
        uri = _first_mirror(source.uri).rstrip("/")
        last = urlsplit(uri).path.rstrip("/").rsplit("/", 1)[-1]
        if source.suite in _SUITES and "main" in source.components and last in _LAST_STEPS:
            kept[uri, source.suite] = Source(uri, source.suite, ("main",))
    return list(kept.values())


def _first_mirror(uri: str) -> str:
    """Debian's cloud images write ``mirror+file:///etc/apt/mirrors/debian.list``."""
    parts = urlsplit(uri)
    if parts.scheme != "mirror+file":
        return uri
    try:
        lines = Path(parts.path).read_text().split("\n")
    except OSError:
        return uri
    return next((line.split()[0] for line in lines if line.strip()), uri)
