"""Debian's archive is found in the machine's own apt configuration, in both of its forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import PlatformFault
from vm_images.rootfs.apt import Source, deb822, machine_sources, one_line

ONE_LINE = """
# a comment
deb http://mirror.invalid/debian bookworm main contrib # ours
deb-src http://mirror.invalid/debian bookworm main
deb [signed-by=/x.gpg arch=amd64] http://mirror.invalid/debian-security/ bookworm-security main
deb http://other.invalid/linux/debian bookworm stable
deb http://other.invalid/pub bookworm-pgdg main
"""
DEB822 = """
Types: deb deb-src
# a comment
URIs: http://mirror.invalid/debian
Suites: bookworm
 bookworm-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main
Enabled: no

Types: deb-src
URIs: http://mirror.invalid/debian
Suites: bookworm
Components: main
"""


def etc(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return tmp_path


def test_the_one_line_form_is_read() -> None:
    assert one_line(ONE_LINE)[0] == Source(
        "http://mirror.invalid/debian", "bookworm", ("main", "contrib")
    )


def test_only_debians_entries_of_the_one_line_form_are_taken(tmp_path: Path) -> None:
    assert [s.line() for s in machine_sources(etc(tmp_path, "sources.list", ONE_LINE))] == [
        "deb http://mirror.invalid/debian bookworm main",
        "deb http://mirror.invalid/debian-security bookworm-security main",
    ]


def test_the_deb822_form_is_read_without_disabled_stanzas_and_sources() -> None:
    assert [(s.suite, s.components) for s in deb822(DEB822)] == [
        ("bookworm", ("main", "non-free-firmware")),
        ("bookworm-updates", ("main", "non-free-firmware")),
    ]


def test_a_deb822_file_gives_its_suites(tmp_path: Path) -> None:
    folder = etc(tmp_path, "sources.list.d/debian.sources", DEB822)
    assert [s.line() for s in machine_sources(folder)] == [
        "deb http://mirror.invalid/debian bookworm main",
        "deb http://mirror.invalid/debian bookworm-updates main",
    ]


def test_a_mirror_list_is_replaced_by_its_first_mirror(tmp_path: Path) -> None:
    mirrors = tmp_path / "mirrors" / "debian.list"
    folder = etc(tmp_path, "mirrors/debian.list", "http://mirror.invalid/debian\n")
    etc(tmp_path, "sources.list", f"deb mirror+file://{mirrors} bookworm main\n")
    assert [s.uri for s in machine_sources(folder)] == ["http://mirror.invalid/debian"]


def test_an_entry_in_both_forms_counts_once(tmp_path: Path) -> None:
    etc(tmp_path, "sources.list", "deb http://mirror.invalid/debian/ bookworm main\n")
    folder = etc(tmp_path, "sources.list.d/debian.sources", DEB822)
    assert [s.suite for s in machine_sources(folder)] == ["bookworm", "bookworm-updates"]


def test_a_machine_without_debian_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PlatformFault, match="suite bookworm"):
        machine_sources(etc(tmp_path, "sources.list", "deb http://m.invalid/debian sid main\n"))
