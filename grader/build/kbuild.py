"""Build a module with the kernel's own build system, or with what it is known to run.

``kbuild_file.py`` says what is asked of kbuild, ``replay.py`` how its commands are run without
it, ``recorder.py`` how they are found out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from grader.build.diagnostics import diagnose
from grader.build.kbuild_file import DEBUG, LOADED, Plan, kbuild_job, plan_of, preamble_of
from grader.build.places import Upload, decode
from grader.build.recorder import recording_of
from grader.build.replay import replay_job, replayable
from grader.build.sandbox import JobLimits, Outcome, Sandbox
from grader.errors import PlatformFault
from grader.image import Image
from grader.intake import ModulePlan, SourceTree, choose_module
from grader.report import BuildReport, Diagnostic, said
from grader.texts import Text

_KILLED = {
    "time": Text(
        "the build was ended after {limits.wall_seconds:.0f} s: look for a macro or an #include "
        "that grows without end",
        "la compilation a été arrêtée après {limits.wall_seconds:.0f} s : cherchez une macro ou "
        "un #include qui grandit sans fin",
    ),
    "memory": Text(
        "the build used too much memory and was ended: look for a huge array, or a macro or an "
        "#include that grows without end",
        "la compilation a pris trop de mémoire et a été arrêtée : cherchez un tableau immense, ou "
        "une macro ou un #include qui grandit sans fin",
    ),
    "output": Text(
        "the build was ended because the compiler printed too much: mend the first message and "
        "hand it in again",
        "la compilation a été arrêtée, car le compilateur écrivait trop : corrigez le premier "
        "message et rendez à nouveau",
    ),
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
    chosen = choose_module(tree.files, tree.device)
    plan = plan_of(chosen, tree, preamble_of(image, tree))
    limits = limits or JobLimits()
    upload = Upload(tree.files)
    outcome = _replayed(plan, image, sandbox, upload, limits)
    if outcome is None:
        outcome = sandbox.run(kbuild_job(plan, limits))
    log = decode(outcome.log)
    data = outcome.outputs.get(LOADED)
    ok = outcome.exit_code == 0 and outcome.killed is None and data is not None
    report = BuildReport(
        ok=ok,
        diagnostics=(*_left_out(chosen), *_diagnostics(log, upload, outcome, limits, ok=ok)),
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
        name=plan.name,
        kernel_name=plan.name.replace("-", "_"),
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        debug=outcome.outputs.get(DEBUG, b""),
        tree=tree,
    )
    return BuildResult(report, module, outcome.seconds)


def _replayed(
    plan: Plan, image: Image, sandbox: Sandbox, upload: Upload, limits: JobLimits
) -> Outcome | None:
    """The quick way, or None where kbuild itself has to say what the module comes to."""
    recording = recording_of(image, sandbox) if replayable(plan) else None
    if recording is None:
        return None
    outcome = sandbox.run(replay_job(recording, plan, limits))
    if outcome.exit_code == 0 or outcome.killed is not None:
        return outcome
    found = diagnose(decode(outcome.log), upload)
    # A failure that no tool gives a reason for may be the recording's.
    return outcome if any(diagnostic.severity == "error" for diagnostic in found) else None


def _left_out(plan: ModulePlan) -> list[Diagnostic]:
    return [
        _ours("note", Text(f"not compiled: {why.en}", f"non compilé : {why.fr}"), path)
        for path, why in plan.left_out.items()
    ]


def _diagnostics(
    log: str, upload: Upload, outcome: Outcome, limits: JobLimits, *, ok: bool
) -> list[Diagnostic]:
    found = list(diagnose(log, upload))
    if outcome.killed is not None:
        words = _KILLED[outcome.killed]
        message = Text(words.en.format(limits=limits), words.fr.format(limits=limits))
        return [_ours("error", message), *found]
    if ok or any(diagnostic.severity == "error" for diagnostic in found):
        return found
    last = [line for line in log.splitlines() if line.strip()][-3:]
    if not any(line.lstrip().startswith("CC ") for line in log.splitlines()):
        raise PlatformFault(
            "the build did not get as far as compiling; the kernel's build tree or the toolchain "
            f"is broken (python manage.py images verify): {' / '.join(last)[-500:]}"
        )
    end = upload.strip(" / ".join(last))[:480]
    return [
        *found,
        _ours("error", Text(f"the build failed: {end}", f"échec de la compilation : {end}")),
    ]


def _ours(severity: Literal["error", "note"], message: Text, file: str | None = None) -> Diagnostic:
    """What no tool said, but we."""
    return Diagnostic(severity=severity, file=file, **said("message", message))
