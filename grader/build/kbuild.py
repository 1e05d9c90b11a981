"""Build a module with the kernel's own build system, from a Kbuild file that we write."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass

from grader.build.diagnostics import diagnose
from grader.build.places import FOLDER, ROOT, Upload, decode
from grader.build.sandbox import Job, JobLimits, Outcome, Sandbox
from grader.errors import PlatformFault
from grader.image import Image
from grader.intake import ModulePlan, SourceTree, choose_module
from grader.report import BuildReport, Diagnostic

_DEBUG = f"{FOLDER}/debug.out"
_LOADED = f"{FOLDER}/loaded.out"
#: $1 is the module's name. What is loaded has no debugging sections: they are most of the file,
#: and it is carried into each guest.
_SCRIPT = (
    f'make --no-print-directory -C /kernel "M={ROOT}" modules || exit\n'
    f'strip --strip-debug -o {_LOADED} "{FOLDER}/$1.ko" && mv "{FOLDER}/$1.ko" {_DEBUG}'
)
#: Names in /sys/module that the kernel has already taken for parameters of its own; a module
#: called so is refused with 'already loaded' (kernel/module/sysfs.c, mod_sysfs_init).
_TAKEN = frozenset({"block", "fs", "kernel", "keyboard", "module", "printk", "tty", "workqueue"})
_KILLED = {
    "time": "the build was ended after {limits.wall_seconds:.0f} s: look for a macro or an "
    "#include that grows without end",
    "memory": "the build used too much memory and was ended: look for a huge array, or a macro or "
    "an #include that grows without end",
    "output": "the build was ended because the compiler printed too much: mend the first message "
    "and hand it in again",
}


@dataclass(frozen=True)
class Module:
    """A built module.

    ``name`` is the file's without ``.ko``; ``kernel_name`` the one in /proc/modules. ``data`` is
    what is loaded, ``sha256`` (hex) its digest; ``debug`` is the same with debugging sections.
    ``tree`` is what it was built from.
    """

    name: str
    kernel_name: str
    data: bytes
    sha256: str
    debug: bytes
    tree: SourceTree


@dataclass(frozen=True)
class BuildResult:
    """``module`` is None when the build is not ok; ``seconds`` are wall-clock."""

    report: BuildReport
    module: Module | None
    seconds: float


def build_module(
    tree: SourceTree, image: Image, sandbox: Sandbox, limits: JobLimits | None = None
) -> BuildResult:
    """Compile and link ``tree`` against the image's kernel.

    What the student's code does to the compiler, using up its limits included, is a build that
    is not ok.

    Raises:
        UnusableInput: the tree is not one module.
        PlatformFault: the sandbox or the kernel's build tree is broken.
    """
    plan = choose_module(tree.files)
    name = module_name(plan)
    limits = limits or JobLimits()
    files = {f"{FOLDER}/{file.path}": file.data for file in tree.files}
    files[f"{FOLDER}/Kbuild"] = kbuild_file(plan, name, tree).encode()
    outcome = sandbox.run(
        Job(
            argv=["sh", "-c", _SCRIPT, "build", name],
            files=files,
            outputs=[_LOADED, _DEBUG],
            limits=limits,
        )
    )
    upload = Upload(tree.files)
    log = decode(outcome.log)
    data = outcome.outputs.get(_LOADED)
    ok = outcome.exit_code == 0 and outcome.killed is None and data is not None
    report = BuildReport(
        ok=ok,
        diagnostics=(*_left_out(plan), *_diagnostics(log, upload, outcome, limits, ok=ok)),
        log=upload.strip(log),
    )
    if not ok or data is None:
        return BuildResult(report, None, outcome.seconds)
    if f"vermagic={image.release} ".encode() not in data:
        raise PlatformFault(
            f"the module was built for another kernel than the image's {image.release}: "
            "build the image again with 'python manage.py images build'"
        )
    module = Module(
        name=name,
        kernel_name=name.replace("-", "_"),
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        debug=outcome.outputs.get(_DEBUG, b""),
        tree=tree,
    )
    return BuildResult(report, module, outcome.seconds)


def module_name(plan: ModulePlan) -> str:
    """One source: its own name. Several: one that is no object's, as kbuild asks for."""
    stems = {posixpath.splitext(path)[0] for path in plan.sources}
    if len(plan.sources) == 1:
        stem = next(iter(stems))
        if "/" not in stem and stem not in _TAKEN:
            return stem
    candidates = ["asee_mod", *(f"asee_mod_{n}" for n in range(2, len(stems) + 3))]
    return next(name for name in candidates if name not in stems)


def kbuild_file(plan: ModulePlan, name: str, tree: SourceTree) -> str:
    """Our Kbuild. All names in it are plain (intake sees to that), so nothing needs quoting."""
    objects = [f"{posixpath.splitext(path)[0]}.o" for path in plan.sources]
    headers = {posixpath.dirname(file.path) for file in tree.files if file.path.endswith(".h")}
    # $(src) is the folder of this file.
    flags = [
        "-g",
        "-fmax-errors=100",
        # So that a WARN in the guest prints the student's own file name.
        f"-fmacro-prefix-map={ROOT}/=",
        "-I$(src)",
        *(f"-I$(src)/{folder}" for folder in sorted(headers) if folder),
    ]
    lines = [f"obj-m := {name}.o"]
    if objects != [f"{name}.o"]:
        lines.append(f"{name}-y := {' '.join(objects)}")
    lines.append(f"ccflags-y := {' '.join(flags)}")
    return "\n".join(lines) + "\n"


def _left_out(plan: ModulePlan) -> list[Diagnostic]:
    return [
        Diagnostic(severity="note", file=path, message=f"not compiled: {reason}")
        for path, reason in plan.left_out.items()
    ]


def _diagnostics(
    log: str, upload: Upload, outcome: Outcome, limits: JobLimits, *, ok: bool
) -> list[Diagnostic]:
    found = list(diagnose(log, upload))
    if outcome.killed is not None:
        message = _KILLED[outcome.killed].format(limits=limits)
        return [Diagnostic(severity="error", message=message), *found]
    if ok or any(diagnostic.severity == "error" for diagnostic in found):
        return found
    last = [line for line in log.splitlines() if line.strip()][-3:]
    if not any(line.lstrip().startswith("CC ") for line in log.splitlines()):
        raise PlatformFault(
            "the build did not get as far as compiling; the kernel's build tree or the toolchain "
            f"is broken (python manage.py images verify): {' / '.join(last)[-500:]}"
        )
    message = f"the build failed: {' / '.join(last)}"
    return [*found, Diagnostic(severity="error", message=upload.strip(message)[:500])]
