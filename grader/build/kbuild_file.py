"""What is asked of kbuild: the module's name, its objects and flags, our Kbuild and the job."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.build.places import FOLDER, ROOT
from grader.build.sandbox import Job, JobLimits
from grader.image import Image
from grader.intake import ModulePlan, SourceTree

#: The two files that a build leaves: with debugging sections, and what is loaded.
DEBUG = f"{FOLDER}/debug.out"
LOADED = f"{FOLDER}/loaded.out"
#: $1 is the module's name. What is loaded has no debugging sections: they are most of the file,
#: and it is carried into each guest.
STRIP = f'strip --strip-debug -o {LOADED} "{FOLDER}/$1.ko" && mv "{FOLDER}/$1.ko" {DEBUG}'
MAKE = f'make --no-print-directory -C /kernel "M={ROOT}"'
#: Names in /sys/module that the kernel has already taken for parameters of its own; a module
#: called so is refused with 'already loaded' (kernel/module/sysfs.c, mod_sysfs_init).
_TAKEN = frozenset({"block", "fs", "kernel", "keyboard", "module", "printk", "tty", "workqueue"})
#: Names that kbuild takes for a module of several objects, because ``ccflags-y`` and ``obj-m``
#: are there for something else.
_VARIABLES = frozenset({"ccflags", "obj"})


#: Beside the upload's folder.
PREAMBLE = "ringmark-preamble.h"
_CHECKED = ("memcpy", "memmove", "memset")
_DEFINES = re.compile(rb"\bmem(?:cpy|move|set)[ \t]*\([^;{}]*\)\s*\{")


@dataclass(frozen=True)
class Plan:
    """One module to be: ``objects`` are the sources' paths without ``.c``, in linking order.
    ``preamble`` is what is included before each.
    """

    name: str
    objects: Sequence[str]
    flags: Sequence[str]
    files: Mapping[str, bytes]
    preamble: bytes = b""

    @property
    def single(self) -> bool:
        """The one object is the module's: kbuild then links nothing before modpost."""
        return list(self.objects) == [self.name]


def plan_of(plan: ModulePlan, tree: SourceTree, preamble: bytes = b"") -> Plan:
    """All names in it are plain (intake sees to that), so nothing needs quoting."""
    return Plan(
        name=module_name(plan, tree.device),
        objects=[posixpath.splitext(path)[0] for path in plan.sources],
        flags=[*compiler_flags(tree), *_flags_of(preamble)],
        files={file.path: file.data for file in tree.files},
        preamble=preamble,
    )


def preamble_of(image: Image, tree: SourceTree) -> bytes:
    """Have KASAN, or KCSAN, see what memcpy, memmove and memset do in a module.

    gcc 12 calls the plain functions even in instrumented code, and the kernel's own are not
    instrumented (CC_HAS_KASAN_MEMINTRINSIC_PREFIX in lib/Kconfig.kasan, 6.12; gcc 13 has it). A
    name that the assembler takes for another reaches also the calls that gcc makes by itself.
    Empty for a kernel without either, and for a module with such functions of its own.
    """
    prefix = _checked_prefix(image.devel)
    if not prefix or any(_DEFINES.search(file.data) for file in tree.files):
        return b""
    aliases = "".join(f'__asm__(".set {name}, {prefix}{name}");\n' for name in _CHECKED)
    return f"#ifndef __ASSEMBLY__\n{aliases}#endif\n".encode()


def _flags_of(preamble: bytes) -> list[str]:
    """KASAN's part of gcc looks at these functions even where it puts their code in place of the
    call; KCSAN's does not.
    """
    included = [f"-include /work/{PREAMBLE}"] if preamble else []
    called = [f"-fno-builtin-{name}" for name in _CHECKED] if b"__tsan_" in preamble else []
    return [*included, *called]


@cache
def _checked_prefix(devel: Path) -> str:
    exported = (devel / "Module.symvers").read_text(errors="replace")
    prefixes = (f"__{checker}_" for checker in ("asan", "tsan"))
    return next((prefix for prefix in prefixes if f"\t{prefix}memcpy\t" in exported), "")


def module_name(plan: ModulePlan, device: str) -> str:
    """One source: its own name. Several: the device's, or one that is no object's, as kbuild asks
    for.
    """
    stems = {posixpath.splitext(path)[0] for path in plan.sources}
    if len(plan.sources) == 1:
        stem = next(iter(stems))
        if "/" not in stem and stem not in _TAKEN | _VARIABLES:
            return stem
    candidates = [device, *(f"{device}_{n}" for n in range(2, len(stems) + 3))]
    return next(name for name in candidates if name not in stems | _TAKEN | _VARIABLES)


def compiler_flags(tree: SourceTree) -> list[str]:
    """What the upload's own sources are compiled with beside the kernel's flags."""
    headers = {posixpath.dirname(file.path) for file in tree.files if file.path.endswith(".h")}
    return [
        "-g",
        "-fmax-errors=100",
        # So that a WARN in the guest prints the student's own file name.
        f"-fmacro-prefix-map={ROOT}/=",
        f"-I{ROOT}",
        *(f"-I{ROOT}/{folder}" for folder in sorted(headers) if folder),
    ]


def kbuild_file(plan: Plan) -> str:
    """Our Kbuild, the only one there is."""
    lines = [f"obj-m := {plan.name}.o"]
    if not plan.single:
        objects = " ".join(f"{path}.o" for path in plan.objects)
        lines.append(f"{plan.name}-y := {objects}")
    lines.append(f"ccflags-y := {' '.join(plan.flags)}")
    return "\n".join(lines) + "\n"


def upload_files(plan: Plan) -> dict[str, bytes]:
    """The upload, where it lies in the sandbox, and beside its folder what we add."""
    files = {f"{FOLDER}/{path}": data for path, data in plan.files.items()}
    return files | ({PREAMBLE: plan.preamble} if plan.preamble else {})


def kbuild_job(plan: Plan, limits: JobLimits) -> Job:
    """Build with make, as the kernel's documentation has it."""
    return Job(
        argv=["sh", "-c", f"{MAKE} modules || exit\n{STRIP}", "build", plan.name],
        files={**upload_files(plan), f"{FOLDER}/Kbuild": kbuild_file(plan).encode()},
        outputs=[LOADED, DEBUG],
        limits=limits,
    )
