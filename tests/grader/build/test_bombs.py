"""Code that attacks the compiler: a build that is not ok, in bounded time, and nothing leaks."""

from __future__ import annotations

import pytest

from grader.build import BuildResult, JobLimits, Sandbox
from tests.grader.build.conftest import Build
from tests.grader.build.sources import END, START

pytestmark = pytest.mark.image
MIB = 1024 * 1024
#: Small, so that the bombs go off soon; an honest module needs about 150 MiB and one second.
LIMITS = JobLimits(
    wall_seconds=40, cpu_seconds=5, address_space=300 * MIB, file_size=8 * MIB, work=24 * MIB
)


def attack(build: Build, sandbox: Sandbox, code: str, **headers: str) -> BuildResult:
    files = {f"{name}.h": text for name, text in headers.items()}
    result = build({"asee_mod.c": START + code + END, **files}, LIMITS, sandbox)
    assert not result.report.ok
    assert result.module is None
    return result


def said(result: BuildResult) -> str:
    return " ".join(d.message for d in result.report.diagnostics if d.severity == "error")


def test_an_honest_module_is_well_below_these_limits(build: Build, sandbox: Sandbox) -> None:
    assert build({"asee_mod.c": START + END}, LIMITS, sandbox).report.ok


def test_an_endless_include(build: Build, sandbox: Sandbox) -> None:
    assert "ran out of memory" in said(attack(build, sandbox, '#include "/dev/zero"\n'))


def test_a_huge_array(build: Build, sandbox: Sandbox) -> None:
    result = attack(build, sandbox, "char huge[1ul << 31] = { 1 };\n")
    assert "too big" in said(result) or "ran out of memory" in said(result)


def test_a_macro_bomb(build: Build, sandbox: Sandbox) -> None:
    lines = ["#define A0 x++;"]
    lines += [f"#define A{n} {f'A{n - 1} ' * 10}" for n in range(1, 9)]
    code = "\n".join([*lines, "int f(int x);", "int f(int x) { A8 return x; }"]) + "\n"
    result = attack(build, sandbox, code)
    assert "ran out of memory" in said(result) or "too much time" in said(result)


def test_an_include_of_itself(build: Build, sandbox: Sandbox) -> None:
    code = '#include "again.h"\n'
    assert "nested" in said(attack(build, sandbox, code, again=code))


def test_files_of_the_host_are_not_told(build: Build, sandbox: Sandbox) -> None:
    code = '#include "/etc/shadow"\n'
    result = attack(build, sandbox, code)
    assert "No such file" in said(result)
    assert "root:" not in result.report.log


def test_files_of_the_host_are_not_embedded(build: Build, sandbox: Sandbox) -> None:
    code = 'void f(void);\nvoid f(void) { asm(".incbin \\"/etc/shadow\\""); }\n'
    result = attack(build, sandbox, code)
    error = next(d for d in result.report.diagnostics if d.severity == "error")
    assert (error.file, error.line) == ("asee_mod.c", START.count("\n") + 2)
    assert "file not found" in error.message


def test_a_flood_of_messages(build: Build, bwrap: Sandbox) -> None:
    lines = "\n".join(f"#warning {'x' * 200} {n}" for n in range(4000))
    result = attack(build, bwrap, lines + "\n")
    assert "printed too much" in said(result)
    assert len(result.report.log) <= LIMITS.log
    assert len(result.report.diagnostics) <= 201
