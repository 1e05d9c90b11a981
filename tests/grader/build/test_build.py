"""Real modules through the real compiler: what builds, and what the student is told."""

from __future__ import annotations

import pytest

from grader.build import BuildResult
from grader.errors import UnusableInput
from grader.report import Diagnostic
from tests.grader.build.conftest import Build
from tests.grader.build.sources import DEVICE, END, HELPERS, START

pytestmark = pytest.mark.image


def only(result: BuildResult) -> Diagnostic:
    assert len(result.report.diagnostics) == 1, result.report
    return result.report.diagnostics[0]


def test_the_books_device_builds_with_nothing_to_say(build: Build) -> None:
    result = build({"asee_mod.c": DEVICE})
    assert result.report.ok
    assert result.report.diagnostics == ()
    assert result.module is not None
    assert result.module.kernel_name == "asee_mod"
    assert result.module.data.startswith(b"\x7fELF")
    assert b".debug_info" not in result.module.data
    assert b".debug_info" in result.module.debug
    assert len(result.module.data) < 100_000
    assert "/work" not in result.report.log
    assert "CC [M]  asee_mod.o" in result.report.log


def test_the_same_sources_give_the_same_module(build: Build) -> None:
    one, other = (build({"m.c": START + END}).module for _ in range(2))
    assert one is not None
    assert one == other


def test_an_error_has_its_file_line_and_column(build: Build) -> None:
    result = build({"asee_mod.c": START + "static int f(void) { return nosuch; }\n" + END})
    assert not result.report.ok
    assert result.module is None
    error = next(d for d in result.report.diagnostics if d.severity == "error")
    line = START.count("\n") + 1
    assert (error.file, error.line, error.column) == ("asee_mod.c", line, 29)
    assert error.message == "'nosuch' undeclared (first use in this function)"


def test_a_warning_has_its_option_and_the_build_is_ok(build: Build) -> None:
    result = build({"asee_mod.c": START + "static void f(void) { int left; }\n" + END})
    assert result.report.ok
    found = {(d.severity, d.option, d.line) for d in result.report.diagnostics}
    line = START.count("\n") + 1
    assert found == {
        ("warning", "-Wunused-variable", line),
        ("warning", "-Wunused-function", line),
    }


def test_a_kernel_macro_used_wrongly_is_the_line_that_uses_it(build: Build) -> None:
    use = 'static void __exit p(void)\n{\n\tpr_info("%s", 3);\n}\nmodule_exit(p);\n'
    warning = build({"asee_mod.c": START.replace("module_exit(stop);", "") + use + END})
    line = warning.report.diagnostics[0].line
    assert warning.report.diagnostics[0].option == "-Wformat="
    assert warning.report.diagnostics[0].file == "asee_mod.c"
    text = (START.replace("module_exit(stop);", "") + use).splitlines()
    assert line is not None and "pr_info" in text[line - 1]


def test_an_error_in_a_header_is_at_the_header(build: Build) -> None:
    files = {"asee_mod.c": '#include "ring.h"\n' + START + END, "ring.h": "\nint size = ;\n"}
    error = only(build(files))
    assert (error.file, error.line, error.column) == ("ring.h", 2, 12)


def test_a_function_that_nobody_declares_is_an_error(build: Build) -> None:
    result = build({"asee_mod.c": START + "int f(void);\nint f(void) { return irq(); }\n" + END})
    assert not result.report.ok
    assert result.report.diagnostics[0].option == "-Wimplicit-function-declaration"
    assert result.report.diagnostics[0].severity == "error"


def test_a_symbol_that_the_kernel_does_not_export(build: Build) -> None:
    body = "/* nosuch_symbol */\nint nosuch_symbol(void);\nint f(void);\n"
    body += "int f(void) { return nosuch_symbol(); }\n"
    error = only(build({"asee_mod.c": START + body + END}))
    assert error.severity == "error"
    assert '"nosuch_symbol" undefined' in error.message
    assert (error.file, error.line) == ("asee_mod.c", START.count("\n") + 2)


def test_a_module_without_a_license(build: Build) -> None:
    error = only(build({"asee_mod.c": START}))
    assert "missing MODULE_LICENSE()" in error.message
    assert "/work" not in error.message


def test_several_files_are_one_module(build: Build) -> None:
    result = build(HELPERS)
    assert result.report.ok, result.report.log
    assert result.report.diagnostics == ()
    assert result.module is not None
    assert result.module.name == "asee_mod_2", "asee_mod.o is an object of it already"


def test_one_definition_too_many(build: Build) -> None:
    files = {"main.c": START + "int count = 1;\n" + END, "ring.c": "int count = 2;\n"}
    errors = [d for d in build(files).report.diagnostics if d.severity == "error"]
    assert len(errors) == 1
    assert "multiple definition of 'count'" in errors[0].message


def test_a_dash_in_the_name_is_an_underscore_in_the_kernel(build: Build) -> None:
    result = build({"my-mod.c": START + END})
    assert result.module is not None
    assert (result.module.name, result.module.kernel_name) == ("my-mod", "my_mod")
    assert b"\0name=my_mod\0" in result.module.data


@pytest.mark.parametrize("name", ["module.c", "kernel.c"])
def test_a_name_that_the_kernel_has_taken_is_not_the_modules(build: Build, name: str) -> None:
    result = build({name: START + END})
    assert result.module is not None
    assert result.module.kernel_name == "asee_mod"


def test_a_program_beside_the_module_is_left_out_and_said_so(build: Build) -> None:
    program = '#include <stdio.h>\nint main(void) { puts("x"); return 0; }\n'
    result = build({"asee_mod.c": START + END, "test.c": program})
    assert result.report.ok
    note = only(result)
    assert (note.severity, note.file) == ("note", "test.c")
    assert "user space" in note.message


def test_windows_line_ends_and_latin_1_build(build: Build) -> None:
    text = ("/* \u00e9t\u00e9 */\n" + DEVICE).replace("\n", "\r\n")
    assert build({"asee_mod.c": text}).report.ok


def test_several_modules_are_not_built(build: Build) -> None:
    with pytest.raises(UnusableInput, match="several modules"):
        build({"a.c": START + END, "b.c": START + END})


CALL = "int asee_copy(const char *from, size_t n);\nint asee_copy(const char *from, size_t n) "


def test_kasan_sees_the_memory_functions(build: Build) -> None:
    body = "{ static char s[8]; memcpy(s, from, n); return s[0]; }\n"
    result = build({"m.c": START + CALL + body + END})
    assert result.module is not None
    assert b"\0__asan_memcpy\0" in result.module.data
    assert b"\0memcpy\0" not in result.module.data


def test_a_module_with_a_memcpy_of_its_own_builds(build: Build) -> None:
    own = "void *memcpy(void *to, const void *from, size_t n)\n{ return to; }\n"
    result = build({"m.c": START + own + END})
    assert result.report.ok, result.report.log
