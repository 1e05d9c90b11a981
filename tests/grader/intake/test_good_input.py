"""What students really hand in is taken, and comes out the same however it was packed."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake import SourceTree, Upload, choose_module, read_path, read_upload
from tests.grader.intake.packing import MODULE, tar_of, zip_of

HEADER = b"#define SIZE 16\n"


def paths(tree: SourceTree) -> list[str]:
    return [file.path for file in tree.files]


def test_one_file() -> None:
    tree = read_upload([Upload("asee_mod.c", MODULE)])
    assert paths(tree) == ["asee_mod.c"]
    assert tree.files[0].data == MODULE
    assert len(tree.sha256) == 64


FORMS = {
    "files": [Upload("buf.h", HEADER), Upload("asee_mod.c", MODULE)],
    "zip": [Upload("TP1 (2).zip", zip_of([("asee_mod.c", MODULE), ("buf.h", HEADER)]))],
    "folder": [Upload("t.zip", zip_of([("TP 1/asee_mod.c", MODULE), ("TP 1/buf.h", HEADER)]))],
    "tar": [Upload("t.tar", tar_of([("x/buf.h", HEADER), ("x/asee_mod.c", MODULE)], ""))],
    "tgz": [Upload("t.tgz", tar_of([("./asee_mod.c", MODULE), ("./buf.h", HEADER)]))],
    "xz": [Upload("t.tar.xz", tar_of([("asee_mod.c", MODULE), ("buf.h", HEADER)], "xz"))],
    "bz2": [Upload("T.TAR.BZ2", tar_of([("asee_mod.c", MODULE), ("buf.h", HEADER)], "bz2"))],
    "bare": [Upload("blob", zip_of([("asee_mod.c", MODULE), ("buf.h", HEADER)]))],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_sources_are_the_same_tree_in_every_form(form: str) -> None:
    tree = read_upload(FORMS[form])
    assert paths(tree) == ["asee_mod.c", "buf.h"]
    assert tree.sha256 == read_upload(FORMS["files"]).sha256


def test_the_digest_tells_other_contents_names_and_splits_apart() -> None:
    one = read_upload([Upload("a.c", MODULE), Upload("b.h", b"xy")])
    others = [
        [Upload("a.c", MODULE + b"\n"), Upload("b.h", b"xy")],
        [Upload("a.c", MODULE), Upload("c.h", b"xy")],
        [Upload("a.c", MODULE), Upload("b.h", b"x"), Upload("c.h", b"y")],
    ]
    digests = {read_upload(other).sha256 for other in others}
    assert len(digests | {one.sha256}) == 4


def test_what_comes_along_is_ignored_and_listed() -> None:
    members = [
        ("tp1/asee_mod.c", MODULE),
        ("tp1/Makefile", b"all:\n\t$(shell reboot)\n"),
        ("tp1/Kbuild", b"x"),
        ("tp1/README (final).md", b"x"),
        ("tp1/asee_mod.ko", b"\x7fELF\0"),
        ("tp1/asee_mod.mod.c", b"x"),
        ("tp1/.asee_mod.o.cmd", b"x"),
        ("tp1/.git/config", b"x"),
        ("tp1/.git/hooks/a.c", b"x"),
        ("__MACOSX/tp1/._asee_mod.c", b"\0\5"),
        ("tp1/inner.zip", b"PK"),
    ]
    tree = read_upload([Upload("tp1.zip", zip_of(members))])
    assert paths(tree) == ["asee_mod.c"]
    assert set(tree.ignored) == {name for name, _ in members[1:]}


def test_subfolders_keep_their_structure() -> None:
    members = [("tp1/src/asee_mod.c", MODULE), ("tp1/include/buf.h", HEADER)]
    tree = read_upload([Upload("tp1.zip", zip_of(members))])
    assert paths(tree) == ["include/buf.h", "src/asee_mod.c"]


def test_windows_line_ends_latin_1_and_a_byte_order_mark_are_kept() -> None:
    data = b"\xef\xbb\xbf// \xe9t\xe9\r\n" + MODULE.replace(b"\n", b"\r\n")
    assert read_upload([Upload("asee_mod.c", data)]).files[0].data == data


def test_a_folder_a_file_and_an_archive_on_disk_are_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "My TP"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("x")
    (folder / "asee_mod.c").write_bytes(MODULE)
    (folder / "Makefile").write_text("x")
    archive = tmp_path / "tp.zip"
    archive.write_bytes(zip_of([("asee_mod.c", MODULE)]))
    trees = [read_path(path) for path in (folder, folder / "asee_mod.c", archive)]
    assert len({tree.sha256 for tree in trees}) == 1
    assert set(trees[0].ignored) == {".git/", "Makefile"}


@pytest.mark.parametrize(
    "entry",
    [
        b"module_init(start);",
        b"module_init (\n start\n);",
        b"int init_module(void)\n{ return 0; }",
        b"module_misc_device(asee);",
        b"module_driver(d, r, u);",
        b"module_platform_driver(d);",
        b"late_initcall(start);",
        b"#define A '\"'\nmodule_init(start); // \"",
    ],
)
def test_every_way_to_register_a_module_is_known(entry: bytes) -> None:
    assert read_upload([Upload("asee_mod.c", entry + b"\n")]).files


NAMES = ("asee_mod", "chan_mod")


def files(*named: tuple[str, bytes]) -> SourceTree:
    return read_upload([Upload("t.zip", zip_of(named))])


def test_helpers_belong_to_the_module() -> None:
    plan = choose_module(files(("main.c", MODULE), ("buf.c", b"int b;\n"), ("buf.h", b"")).files)
    assert (plan.entry, plan.sources) == ("main.c", ("buf.c", "main.c"))
    assert not plan.left_out


def test_a_test_program_is_left_out() -> None:
    program = b"#include <stdio.h>\nint main(int c, char **v) { return 0; }\n"
    plan = choose_module(files(("asee_mod.c", MODULE), ("test.c", program)).files)
    assert plan.sources == ("asee_mod.c",)
    assert "user space" in plan.left_out["test.c"].en


def test_of_several_modules_the_one_that_names_the_device_is_taken() -> None:
    device = MODULE + b'static const char *name = "asee_mod";\n'
    plan = choose_module(files(("hello.c", MODULE), ("tp.c", device), ("b.c", b"int b;\n")).files)
    assert plan.sources == ("b.c", "tp.c")
    assert "another module" in plan.left_out["hello.c"].en


def test_the_device_may_have_another_name() -> None:
    sources = [Upload(f"{name}.c", MODULE + f'char *n = "{name}";\n'.encode()) for name in NAMES]
    tree = read_upload(sources, device="chan_mod")
    assert choose_module(tree.files, tree.device).entry == "chan_mod.c"


def test_a_source_that_is_included_is_not_compiled_for_itself() -> None:
    main = b'#include "impl/ring.c"\nint x;\n'
    plan = choose_module(files(("main.c", main), ("impl/ring.c", MODULE)).files)
    assert plan.sources == ("main.c",)
    assert "included" in plan.left_out["impl/ring.c"].en


def test_an_entry_in_a_header_counts() -> None:
    plan = choose_module(files(("a.c", b'#include "a.h"\n'), ("a.h", MODULE)).files)
    assert plan.entry == "a.c"
