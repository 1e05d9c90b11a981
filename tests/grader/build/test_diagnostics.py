"""What the tools print, as recorded from the toolchain of Debian 12, and what becomes of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.build.diagnostics import MOST, diagnose
from grader.build.places import Upload, decode
from grader.intake import SourceFile
from grader.report import Diagnostic

UPLOAD = Upload(
    (SourceFile("asee_mod.c", b"int a;\nint b(void) { return gone(); }\n"), SourceFile("x.h", b""))
)


def read(log: str) -> list[Diagnostic]:
    return list(diagnose(log, UPLOAD))


def test_the_chain_of_includes_leads_to_the_students_line() -> None:
    log = """\
  CC [M]  /work/src/asee_mod.o
In file included from ./include/linux/module.h:13,
                 from /work/src/x.h:4,
                 from /work/src/asee_mod.c:1:
./include/linux/stat.h:8:2: error: expected ';' before 'struct'
    8 | struct kstat {
"""
    (error,) = read(log)
    assert (error.file, error.line) == ("x.h", 4)
    assert error.message == "expected ';' before 'struct' (in linux/stat.h:8)"


def test_a_chain_is_over_with_its_message_and_its_object() -> None:
    log = """\
In file included from /work/src/asee_mod.c:1:
/work/src/x.h:2:1: warning: one [-Wunused]
./include/linux/a.h:1:1: warning: two
"""
    one, two = read(log)
    assert (one.file, one.line, one.option) == ("x.h", 2, "-Wunused")
    assert (two.file, two.line) == (None, None)


def test_the_use_of_a_macro_is_where_its_message_belongs() -> None:
    log = """\
In file included from ./include/asm-generic/bug.h:22,
                 from /work/src/asee_mod.c:1:
./include/linux/kern_levels.h:5:25: warning: format '%s' expects 'char *' [-Wformat=]
./include/linux/printk.h:465:25: note: in definition of macro 'printk_index_wrap'
./include/linux/printk.h:561:9: note: in expansion of macro 'printk'
/work/src/asee_mod.c:2:9: note: in expansion of macro 'pr_info'
/work/src/asee_mod.c:2:19: note: format string is defined here
"""
    warning, note = read(log)
    assert (warning.file, warning.line, warning.column) == ("asee_mod.c", 2, 9)
    assert (note.severity, note.line, note.column) == ("note", 2, 19)


def test_an_error_made_of_a_warning_keeps_the_name_of_its_option() -> None:
    (error,) = read(
        "/work/src/asee_mod.c:2:22: error: implicit declaration of function 'gone' "
        "[-Werror=implicit-function-declaration]\ncc1: some warnings being treated as errors\n"
    )
    assert (error.severity, error.option) == ("error", "-Wimplicit-function-declaration")


def test_an_undefined_symbol_is_at_its_first_use() -> None:
    (error,) = read('ERROR: modpost: "gone" [/work/src/asee_mod.ko] undefined!\n')
    assert (error.file, error.line) == ("asee_mod.c", 2)
    (error,) = read('ERROR: modpost: "elsewhere" [/work/src/asee_mod.ko] undefined!\n')
    assert (error.file, error.line) == (None, None)


def test_what_the_course_does_not_ask_for_is_not_said() -> None:
    assert read("WARNING: modpost: missing MODULE_DESCRIPTION() in /work/src/asee_mod.o\n") == []


def test_messages_of_modpost_objtool_and_ld() -> None:
    log = """\
WARNING: modpost: /work/src/asee_mod: section mismatch in reference: f+0x1 (section: .text)
/work/src/asee_mod.o: warning: objtool: f+0x20: unreachable instruction
ld: /work/src/y.o: in function `f':
ld: /work/src/x.o:/work/src/x.h:4: multiple definition of `n'; /work/src/a.o:(.bss+0x0): \
first defined here
"""
    assert [(d.severity, d.file, d.line) for d in read(log)] == [
        ("warning", None, None),
        ("warning", None, None),
        ("error", None, None),
        ("error", "x.h", 4),
    ]
    assert all("/work" not in d.message for d in read(log))


def test_running_out_of_something_is_said_in_words() -> None:
    for line, words in {
        "cc1: out of memory allocating 65536 bytes after a total of 1 bytes": "out of memory",
        "gcc: fatal error: Killed signal terminated program cc1": "out of memory",
        "gcc: fatal error: CPU time limit exceeded signal terminated program cc1": "too much time",
        "gcc: fatal error: File size limit exceeded signal terminated program as": "too big",
        "/work/ccX.s: fatal error: error writing to /work/x.o: No space left on device": "too big",
    }.items():
        (error,) = read(line + "\n" + line)
        assert error.severity == "error"
        assert words in error.message


def test_a_students_text_cannot_pose_as_a_limit() -> None:
    (error,) = read('/work/src/asee_mod.c:1:2: error: #error "Killed"\n')
    assert (error.file, error.message) == ("asee_mod.c", '#error "Killed"')


def test_a_file_outside_the_upload_is_never_named_as_one_of_its_files() -> None:
    for name in ("/work/src/../../etc/passwd", "/work/src/other.c", "/etc/passwd", "asee_mod.c"):
        (error,) = read(f"{name}:1:1: error: unknown type name 'root'\n")
        assert error.file is None


def test_there_is_an_end_to_diagnostics() -> None:
    log = "".join(f"/work/src/asee_mod.c:{n}:1: error: e{n}\n" for n in range(1, 1000))
    assert len(read(log)) == MOST
    assert len(read("/work/src/asee_mod.c:1:1: error: " + "x" * 10_000)[0].message) == 500


def test_control_characters_do_not_get_through() -> None:
    assert decode(b"a\x1b[31m\x00b\r\nc\td\xff") == "a\ufffd[31m\ufffdb\nc\td\ufffd"


pieces = [
    *("/work/src/", "asee_mod.c", "x.h", ":", "0", "12", " error: ", " note: ", "warning: "),
    *("in expansion of macro 'x'", "In file included from ", " from ", ",", "ld: ", "\n"),
    *('ERROR: modpost: "', '" [', "] undefined!", "multiple definition of `n'", "\ufffd"),
]
lines = st.lists(st.sampled_from(pieces), max_size=30).map("".join)


@given(lines)
def test_any_log_is_read_and_names_files_of_the_upload_only(log: str) -> None:
    for diagnostic in read(log):
        assert diagnostic.file in (None, "asee_mod.c", "x.h")
        assert diagnostic.file is not None or diagnostic.column is None
