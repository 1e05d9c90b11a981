"""Every kind of input that cannot be marked is told apart, with what to do about it."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from grader.errors import UnusableInput
from grader.intake import DEFAULT, Upload, read_path, read_upload
from tests.grader.intake.packing import MODULE, tar_of, tar_with, zip_of, zip_with

MIB = 1024 * 1024


def refusal(*uploads: tuple[str, bytes]) -> str:
    with pytest.raises(UnusableInput) as refused:
        read_upload([Upload(name, data) for name, data in uploads])
    message = str(refused.value)
    assert message.isascii() and message.isprintable(), "safe to print on any terminal"
    french = refused.value.text.fr
    assert french.isprintable()
    assert not shared_words(message, french), "students read it in their language"
    return message


def shared_words(english: str, french: str) -> set[str]:
    """English words of the English sentence, quotations aside, that the French one has."""
    words = [set(re.findall(r"[a-z]+", re.sub(r"'[^']*'", "", text))) for text in (english, french)]
    return words[0] & words[1] & ENGLISH


ENGLISH = set(
    "the of and in is it with for file files one your again hand pack not too more has have name "  # noqa: SIM905
    "beside only itself than at most read as saved several was were what that".split()
)


def test_nothing_at_all() -> None:
    assert "nothing was handed in" in refusal()


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n"])
def test_an_empty_file(data: bytes) -> None:
    assert "'asee_mod.c' is empty" in refusal(("asee_mod.c", data))


@pytest.mark.parametrize("name", ["asee_mod.ko", "report.pdf", "asee_mod.c.txt", "asee_mod", "a.S"])
def test_a_wrong_suffix(name: str) -> None:
    message = refusal((name, MODULE))
    assert f"'{name}' is not a C source" in message and ".c and .h" in message


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x7fELF\x02\x01\x01\0", "a compiled file"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"#!/bin/sh\nmake\n", "a script"),
        (b"PK\x03\x04....", "a zip archive"),
        (MODULE + b"\0", "NUL bytes"),
        (MODULE.decode().encode("utf-16"), "UTF-16"),
    ],
)
def test_a_dot_c_that_is_no_c(data: bytes, what: str) -> None:
    message = refusal(("asee_mod.c", data))
    assert "'asee_mod.c'" in message and what in message


def test_ten_megabytes() -> None:
    message = refusal(("asee_mod.c", MODULE + b"/" * 10 * MIB))
    assert "too big: 10.0 MiB, at most 5.0 MiB" in message


def test_one_source_above_the_limit_of_a_file() -> None:
    message = refusal(("asee_mod.c", MODULE + b"\n" * (MIB + 1)))
    assert "'asee_mod.c' is too big" in message and "1.0 MiB" in message


def test_too_much_source_in_all() -> None:
    parts = [(f"f{n}.h", b"/" * (MIB - 1)) for n in range(3)]
    assert "too much source: more than 2.0 MiB" in refusal(("tp1.zip", zip_of(parts)))


def test_too_many_sources() -> None:
    assert "more than 64" in refusal(*((f"f{n}.c", MODULE) for n in range(65)))


@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_five_thousand_files_in_an_archive(pack) -> None:  # type: ignore[no-untyped-def]
    packed = pack([(f"tp1/data{n}.txt", b"x") for n in range(5_001)])
    message = refusal(("tp1.zip" if pack is zip_of else "tp1.tar.gz", packed))
    assert "too many files: more than 5000" in message


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../asee_mod.c", "'..'"),
        ("tp1/../../asee_mod.c", "'..'"),
        ("/etc/asee_mod.c", "an absolute path"),
        ("tp1\\asee_mod.c", "a backslash"),
        ("C:/tp1/asee_mod.c", "a drive letter"),
        ("../README", "'..'"),
    ],
)
@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_a_member_that_leaves_its_folder(name: str, why: str, pack) -> None:  # type: ignore[no-untyped-def]
    archive = "tp1.zip" if pack is zip_of else "tp1.tgz"
    message = refusal((archive, pack([("tp1/ok.c", MODULE), (name, MODULE)])))
    assert why in message and archive in message and "Pack" in message


def test_a_nul_in_a_zip_name_does_not_hide_the_rest() -> None:
    packed = zip_of([("asee_modX.c", MODULE)]).replace(b"asee_modX.c", b"asee_mod\0.c")
    assert "NUL" in refusal(("tp1.zip", packed))


@pytest.mark.parametrize(
    ("mode", "what"),
    [(0o120777, "a symbolic link"), (0o020666, "a device"), (0o010644, "a device")],
)
def test_a_special_member_of_a_zip(mode: int, what: str) -> None:
    message = refusal(("tp1.zip", zip_with("tp1/asee_mod.c", mode=mode, data=b"/etc/passwd")))
    assert what in message and "'tp1/asee_mod.c'" in message


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "special"),
        (tarfile.BLKTYPE, "special"),
        (tarfile.FIFOTYPE, "special"),
    ],
)
@pytest.mark.parametrize("name", ["tp1/link.c", "tp1/data"])
def test_a_special_member_of_a_tar(name: str, kind: bytes, what: str) -> None:
    message = refusal(("tp1.tar.gz", tar_with(name, kind, "/etc/passwd")))
    assert what in message and f"'{name}'" in message


def test_an_encrypted_zip() -> None:
    packed = bytearray(zip_of([("asee_mod.c", MODULE)]))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(("tp1.zip", bytes(packed)))


def test_a_zip_of_an_unusual_method() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("asee_mod.c", MODULE)
    assert "unusual method" in refusal(("tp1.zip", raw.getvalue()))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tp1.zip", b"not a zip"),
        ("tp1.zip", zip_of([("asee_mod.c", MODULE)])[:-30]),
        ("tp1.tar.gz", tar_of([("asee_mod.c", MODULE)])[:-30]),
        ("tp1.tar.xz", tar_of([("asee_mod.c", MODULE)], "xz")[:150]),
        ("tp1.tar.gz", b"\x1f\x8b" + b"nonsense" * 9),
        ("tp1.tar", b"nonsense" * 200),
    ],
)
def test_a_damaged_archive(name: str, data: bytes) -> None:
    message = refusal((name, data))
    assert f"'{name}' is damaged" in message and "Pack your files again" in message


def test_an_empty_archive() -> None:
    assert "is empty" in refusal(("tp1.zip", b""))
    assert "no .c file" in refusal(("tp1.zip", zip_of([])))
    assert "no files in it" in refusal(("tp1.tar.gz", tar_of([])))


def test_an_archive_without_sources_names_what_is_there() -> None:
    message = refusal(("tp1.zip", zip_of([("tp1/asee_mod.ko", b"x"), ("tp1/inner.zip", b"y")])))
    assert "no .c file" in message and "asee_mod.ko" in message


def test_an_archive_beside_files() -> None:
    message = refusal(("asee_mod.c", MODULE), ("tp1.zip", zip_of([("b.c", MODULE)])))
    assert "beside other files" in message


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("tp1/asee_mod.c", "tp1/asee_mod.c"), "handed in twice"),
        (("tp1/asee_mod.c", "tp1/ASEE_mod.c"), "in case only"),
        (("a/b.c", "A/b.c"), "in case only"),
    ],
)
def test_names_that_clash(names: tuple[str, str], what: str) -> None:
    assert what in refusal(("tp1.tgz", tar_of([(name, MODULE) for name in names])))
    assert "remove the other" in refusal(*((name, MODULE) for name in names[:1] * 2))


ODD = [
    ("asee mod.c", "a space"),
    ("asee_mod (1).c", "a space"),
    ("asee\nmod.c", "a control character"),
    ("asee\x1b[31m.c", "a control character"),
    ("-asee.c", "starts with '-'"),
    (".c", "starts with '.'"),
    ("modulé.c", "not plain ASCII"),
    ("'asee'.c", "a special character"),
    ('"asee".c', "a special character"),
    ("$(reboot).c", "a special character"),
    ("a;b.c", "a special character"),
    ("asee\u202ec.c", "not plain ASCII"),
    ("a" * 60 + ".c", "too long"),
    ("ASEE.C", "in capitals"),
    ("x.mod.c", "writes itself"),
]


@pytest.mark.parametrize(("name", "why"), ODD)
def test_an_odd_name(name: str, why: str) -> None:
    message = refusal((name, MODULE))
    assert why in message


@pytest.mark.parametrize(("name", "why"), [odd for odd in ODD if not odd[0].startswith((".", "x"))])
def test_an_odd_name_in_an_archive(name: str, why: str) -> None:
    message = refusal(("tp1.zip", zip_of([("tp1/ok.c", MODULE), (f"tp1/{name}", MODULE)])))
    assert why in message and "ename it" in message


def test_an_odd_folder_below_the_packed_one() -> None:
    members = [("tp1/asee_mod.c", MODULE), ("tp1/my inc/b.h", b"")]
    assert "a space" in refusal(("tp1.zip", zip_of(members)))
    members = [("tp1/asee_mod.c", MODULE), ("tp1/asee_mod.o/b.h", b"")]
    assert "the folder 'asee_mod.o'" in refusal(("tp1.zip", zip_of(members)))


def test_a_path_that_is_too_long() -> None:
    deep = "/".join(["folder"] * 40)
    members = [("asee_mod.c", MODULE), (f"{deep}/b.h", b"")]
    assert "too long" in refusal(("tp1.zip", zip_of(members)))


def test_headers_alone() -> None:
    assert "no .c file" in refusal(("asee_mod.h", b"#pragma once\n"))


@pytest.mark.parametrize(
    "source",
    [
        b"int main(void) { return 0; }\n",
        b"/* module_init(start); */ int x;\n",
        b"// module_init(start)\n// and so on \\\nmodule_init(start);\nint x;\n",
        b'const char *s = "module_init(start)";\n',
        b"module_exit(stop); module_param(a, int, 0); MODULE_LICENSE();\n",
    ],
)
def test_no_module_init(source: bytes) -> None:
    message = refusal(("asee_mod.c", source))
    assert "no module_init(...) in 'asee_mod.c'" in message


def test_several_modules() -> None:
    message = refusal(("hello-1.c", MODULE), ("hello-2.c", MODULE), ("util.c", b"int u;\n"))
    assert "several modules" in message and "'hello-1.c', 'hello-2.c'" in message
    assert "util.c" not in message


def bomb(how: str) -> tuple[str, bytes]:
    size = 200 * MIB
    zeros = bytes(MIB)
    raw = io.BytesIO()
    if how == "zip":
        with (
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("tp1/asee_mod.c", "w") as file,
        ):
            for _ in range(size // MIB):
                file.write(zeros)
        return "tp1.zip", raw.getvalue()
    header = tarfile.TarInfo("tp1/asee_mod.c")
    header.size = size
    opener = {"gz": gzip.open, "xz": lzma.open}[how]
    with opener(raw, "wb") as packed:
        packed.write(header.tobuf())
        for _ in range(size // MIB):
            packed.write(zeros)
    return f"tp1.tar.{how}", raw.getvalue()


@pytest.mark.parametrize("how", ["zip", "gz", "xz"])
def test_a_bomb_is_refused_and_never_held(how: str) -> None:
    name, packed = bomb(how)
    assert len(packed) < MIB
    tracemalloc.start()
    message = refusal((name, packed))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "too big" in message
    assert peak < 16 * MIB, "xz alone asks for the 8 MiB of its dictionary"


def test_a_bomb_among_the_ignored_members_of_a_tar() -> None:
    packed = tar_of([("tp1/asee_mod.c", MODULE), ("tp1/zeros.bin", bytes(DEFAULT.unpacked))])
    assert "too big when unpacked" in refusal(("tp1.tar.gz", packed))


def test_a_zip_that_lies_about_a_size_is_damaged() -> None:
    packed = zip_of([("asee_mod.c", MODULE + b"/" * 5000)])
    true = (len(MODULE) + 5000).to_bytes(4, "little")
    message = refusal(("tp1.zip", packed.replace(true, (10).to_bytes(4, "little"))))
    assert "is damaged" in message


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"cannot read .*Check the path"):
        read_path(tmp_path / "nowhere.c")


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "asee_mod.c").write_bytes(MODULE)
    (tmp_path / "passwd.h").symlink_to("/etc/passwd")
    with pytest.raises(UnusableInput, match=r"'passwd.h' in .* is a symbolic link"):
        read_path(tmp_path)


def test_a_pipe_in_a_folder_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "asee_mod.c").write_bytes(MODULE)
    os.mkfifo(tmp_path / "pipe.h")
    with pytest.raises(UnusableInput, match="device, pipe or socket"):
        read_path(tmp_path)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"no \.c file"):
        read_path(tmp_path)
