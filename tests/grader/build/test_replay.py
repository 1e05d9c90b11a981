"""What is replayed is what kbuild builds: the same bytes, the same messages, the same log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

import pytest

from grader.build import BuildResult, Job, JobLimits, Outcome, Sandbox, kbuild
from grader.build.kbuild_file import Plan
from grader.build.recorder import recording_of
from grader.build.replay import OWN_MODULE, OWN_SOURCE, Recording, naming, replay_job, replayable
from grader.image import Image
from grader.intake import Upload, read_upload
from tests.grader.build.conftest import Build
from tests.grader.build.sources import DEVICE, END, HELPERS, START

Compare = Callable[[dict[str, str]], BuildResult]

CALLED = '#include "HEADER"\n' + START.replace("return 0", "return ring_size()") + END
WARNS = "static void {}(void) {{ int left; }}\n"
RICH = (
    DEVICE
    + """MODULE_VERSION("1.2");
MODULE_AUTHOR("somebody");
MODULE_ALIAS("char-major-240-*");
static int size = 16;
module_param(size, int, 0444);
MODULE_PARM_DESC(size, "bytes");
int my_size(void);
int my_size(void)
{
	return size;
}
EXPORT_SYMBOL_GPL(my_size);
"""
)

#: Each is built both ways.
BUILT: dict[str, dict[str, str]] = {
    "one source": {"asee_mod.c": DEVICE},
    "another name": {"mydriver.c": DEVICE},
    "a name that many have": {"chardev.c": DEVICE},
    "a dash in the name": {"my-mod.c": START + END},
    "a name that the kernel has taken": {"module.c": START + END},
    "a name that is kbuild's": {"ccflags.c": START + END},
    "all that a module can say of itself": {"asee_mod.c": RICH},
    "a version, which covers the headers": {
        "my_mod.c": '#include "a.h"\n#include "inc/b.h"\n' + START + 'MODULE_VERSION("1");\n' + END,
        "a.h": "#define A 1\n",
        "inc/b.h": "#define B 1\n",
    },
    "no exit": {
        "asee_mod.c": START.replace("module_exit(stop);", "void *p = stop;").replace("__exit", "")
        + END
    },
    "several sources": HELPERS,
    "several sources in folders": {
        "main.c": CALLED.replace("HEADER", "ring.h"),
        "ring/ring-buffer.c": HELPERS["ring.c"],
        "ring/deep/more_1.c": "#include <linux/module.h>\nint more;\nEXPORT_SYMBOL(more);\n",
        "include/ring.h": HELPERS["ring.h"] + "extern int more;\n",
    },
    "one source in a folder": {"src/main.c": START + END, "inc/unused.h": "\n"},
    "a source that another includes": {
        "main.c": '#include "rest.c"\n' + START + END,
        "rest.c": WARNS.format("f"),
    },
    "sources called as the recorded ones": {
        f"{OWN_MODULE}.c": CALLED.replace("HEADER", f"{OWN_SOURCE}.h"),
        f"{OWN_SOURCE}.c": HELPERS["ring.c"].replace("ring.h", f"{OWN_SOURCE}.h"),
        f"{OWN_SOURCE}.h": HELPERS["ring.h"],
    },
    "warnings in every source": {
        "c.c": START + WARNS.format("f") + END,
        "a.c": WARNS.format("g"),
        "b.c": "#include <linux/printk.h>\n" + 'void h(void) { pr_info("%s", 3); }\n',
    },
    "what objtool does not like": {
        "asee_mod.c": START + 'void f(void);\nvoid f(void) { asm volatile("stac"); }\n' + END
    },
}
NOT_BUILT: dict[str, dict[str, str]] = {
    "an error": {"asee_mod.c": START + "static int f(void) { return nosuch; }\n" + END},
    "errors in two of four sources": {
        "a.c": WARNS.format("a"),
        "b.c": WARNS.format("b") + "int b = ;\n",
        "c.c": "int c = ;\n",
        "main.c": START + END,
    },
    "an error in a header": {
        "asee_mod.c": '#include "inc/ring.h"\n' + START + END,
        "inc/ring.h": "\nint size = ;\n",
    },
    "an error of the assembler": {"asee_mod.c": START + 'asm("nosuch %rax");\n' + END},
    "symbols that nobody exports": {
        "main.c": START + "int no_1(void);\nint f(void);\nint f(void) { return no_1(); }\n" + END,
        "ring.c": "int no_2(void);\nint g(void);\nint g(void) { return no_2(); }\n",
    },
    "no license": {"my_mod.c": START},
    "a symbol for the GPL only": {
        "asee_mod.c": DEVICE.replace('MODULE_LICENSE("GPL")', 'MODULE_LICENSE("Proprietary")')
    },
    "one definition too many": {
        "main.c": START + "int count = 1;\n" + END,
        "ring.c": "int count = 2;\n",
    },
    "a header that is not there": {"asee_mod.c": '#include "nosuch.h"\n' + START + END},
}


class Spy:
    """Lets jobs through and keeps which commands they ran."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.scripts: list[str] = []

    def run(self, job: Job) -> Outcome:
        self.scripts.append(job.argv[2])
        return self._sandbox.run(job)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    @property
    def ways(self) -> list[str]:
        return ["kbuild" if "make " in script else "replay" for script in self.scripts]


@pytest.fixture(scope="session")
def recording(image: Image, bwrap: Sandbox) -> Recording:
    found = recording_of(image, bwrap)
    assert found is not None
    return found


@pytest.fixture
def compare(build: Build, bwrap: Sandbox, recording: Recording) -> Compare:
    """The result of the replay, which is kbuild's."""

    def both(files: dict[str, str]) -> BuildResult:
        spy = Spy(bwrap)
        quick = build(files, sandbox=spy)
        assert spy.ways == ["replay"]
        slow = by_kbuild(build, files, bwrap)
        assert quick.module == slow.module
        assert quick.report.ok == slow.report.ok
        assert quick.report.diagnostics == slow.report.diagnostics
        assert_same_log(quick.report.log, slow.report.log)
        return quick

    return both


def by_kbuild(build: Build, files: dict[str, str], sandbox: Sandbox) -> BuildResult:
    spy = Spy(sandbox)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kbuild, "recording_of", lambda image, sandbox: None)
        result = build(files, sandbox=spy)
    assert spy.ways == ["kbuild"]
    return result


def assert_same_log(quick: str, slow: str) -> None:
    """The same lines in the same order, but for make's own and the objects that were kept."""
    kept = (".mod.o", ".module-common.o")
    told = [
        line
        for line in slow.splitlines()
        if not line.startswith("make") and not (line.startswith("  CC") and line.endswith(kept))
    ]
    lines = [line for line in quick.splitlines() if not line.endswith(kept)]
    # gcc calls the file between it and the assembler as it likes.
    between = re.compile(r"/work/cc\w+\.s")
    assert [between.sub("", line) for line in lines] == [between.sub("", line) for line in told]


@pytest.mark.image
@pytest.mark.parametrize("files", BUILT.values(), ids=BUILT)
def test_the_module_is_kbuilds(compare: Compare, files: dict[str, str]) -> None:
    assert compare(files).report.ok


@pytest.mark.image
@pytest.mark.parametrize("files", NOT_BUILT.values(), ids=NOT_BUILT)
def test_the_messages_are_kbuilds(compare: Compare, files: dict[str, str]) -> None:
    result = compare(files)
    assert not result.report.ok
    assert any(d.severity == "error" for d in result.report.diagnostics)


@pytest.mark.image
def test_either_sandbox_gives_the_same(build: Build, sandbox: Sandbox, bwrap: Sandbox) -> None:
    for files in (HELPERS, {"mydriver.c": DEVICE}):
        spy = Spy(sandbox)
        assert build(files, sandbox=spy).module == by_kbuild(build, files, bwrap).module
        assert spy.ways == ["replay"]


@pytest.mark.image
@pytest.mark.parametrize("processors", [1, 2, 8])
def test_the_number_of_processors_changes_nothing(
    recording: Recording, bwrap: Sandbox, processors: int
) -> None:
    """Twelve sources, of which the third fails, after the first two have warned."""
    sources = {f"s{n:02}.c": WARNS.format(f"f{n}").encode() for n in range(11)}
    plan = plan_for({**sources, "z.c": (START + END).encode()})
    logs = []
    for broken in (b"", b"int x = ;\n"):
        files = {**plan.files, "s02.c": plan.files["s02.c"] + broken}
        job = replay_job(recording, replace(plan, files=files), JobLimits(), lambda: processors)
        outcome = bwrap.run(job)
        assert (outcome.exit_code == 0) == (not broken)
        logs.append([line for line in outcome.log.decode().splitlines() if "  CC" in line])
    names = [line.rpartition("/")[2] for line in logs[0] if not line.endswith(".mod.o")]
    assert names == [*(f"s{n:02}.o" for n in range(11)), "z.o"]
    assert [line.rpartition("/")[2] for line in logs[1]] == ["s00.o", "s01.o", "s02.o"]


@pytest.mark.image
def test_a_source_with_a_dot_in_its_name_is_kbuilds_business(build: Build, bwrap: Sandbox) -> None:
    spy = Spy(bwrap)
    assert build({"my.dev.c": START + END, "x.c": "int x;\n"}, sandbox=spy).report.ok
    assert spy.ways == ["kbuild"]


@pytest.mark.image
@pytest.mark.parametrize("part", ["source", "modpost", "final"])
def test_a_failure_without_a_reason_is_not_believed(
    build: Build,
    bwrap: Sandbox,
    recording: Recording,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
) -> None:
    broken = replace(recording, **{part: ["exit 3"]})  # type: ignore[arg-type]
    monkeypatch.setattr(kbuild, "recording_of", lambda image, sandbox: broken)
    spy = Spy(bwrap)
    assert build({"asee_mod.c": START + END}, sandbox=spy).report.ok
    assert spy.ways == ["replay", "kbuild"]


@pytest.mark.image
def test_a_module_that_is_not_as_usual_gets_a_description_of_its_own(
    recording: Recording, bwrap: Sandbox
) -> None:
    usual = plan_for({"asee_mod.c": (START + END).encode()})
    rich = plan_for({"asee_mod.c": RICH.encode()})
    said = [
        bwrap.run(replay_job(recording, plan, JobLimits())).log.decode() for plan in (usual, rich)
    ]
    assert "asee_mod.mod.o" not in said[0]
    assert "  CC [M]  /work/src/asee_mod.mod.o\n" in said[1]


def plan_for(files: Mapping[str, bytes]) -> Plan:
    from grader.build.kbuild_file import plan_of
    from grader.intake import choose_module

    tree = read_upload([Upload(name, data) for name, data in files.items()])
    return plan_of(choose_module(tree.files), tree)


def plan(name: str, *sources: str) -> Plan:
    return Plan(name, [path[:-2] for path in sources], ["-g", "-I/x"], dict.fromkeys(sources, b""))


def test_names_are_replaced_in_one_pass() -> None:
    mine = plan(OWN_SOURCE, f"{OWN_MODULE}/{OWN_MODULE}.c")
    commands = [f"cc -DRINGMARK_FLAGS ringmark-folder/.{OWN_SOURCE}.d {OWN_MODULE} ringmark_module"]
    assert naming(commands, mine, mine.objects[0]) == [
        f"cc -g -I/x {OWN_MODULE}/.{OWN_MODULE}.d {OWN_SOURCE} ringmark_source"
    ]


def test_the_list_of_objects_is_replaced_as_a_whole() -> None:
    commands = ["printf x ringmark-folder/ringmark-source.o ringmark-other.o"]
    assert naming(commands, plan("m", "a.c", "b/c.c")) == ["printf x a.o b/c.o"]


@pytest.mark.parametrize(
    "path", ["a.b.c", "x.mod.c", "-o.c", "a/-b.c", "A.C", ".a.c", "a/.b/c.c", "a$(x).c", "a b.c"]
)
def test_names_that_make_might_take_otherwise_are_not_replayed(path: str) -> None:
    assert not replayable(plan("m", path))
    assert not replayable(plan("m", "a.c", path))


@pytest.mark.parametrize("path", ["asee_mod.c", "my-mod.c", "a/b-1/C_2.c", "2.c", "_.c"])
def test_plain_names_are_replayed(path: str) -> None:
    assert replayable(plan("m", path))


def test_a_recording_survives_being_written_down() -> None:
    lines: Iterable[list[str]] = [[f"line {n}\n'$$\""] for n in range(6)]
    one = Recording({"A": "b c"}, *lines, b"\0\xff", b"x", {"asee_mod": b"\1"})
    assert Recording.from_json(one.to_json()) == one
