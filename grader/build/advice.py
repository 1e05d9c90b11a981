"""sparse on the student's sources: advice, no points.

It is run with the compiler's own options for the module, in the same sandbox. Only its messages
about user memory and lock balance are told, and only at lines of the upload: those are what it
knows better than the compiler, and on good modules it says none of them.
"""

from __future__ import annotations

import re
import shlex

from grader.build.diagnostics import diagnose
from grader.build.kbuild_file import plan_of, preamble_of, upload_files
from grader.build.places import ROOT, Upload, decode
from grader.build.recorder import recording_of
from grader.build.replay import naming, replayable
from grader.build.sandbox import Job, JobLimits, Sandbox
from grader.image import Image
from grader.intake import SourceTree, choose_module
from grader.report import Finding, said
from grader.texts import Text

#: As the kernel's Makefile and arch/x86/Makefile give them to sparse (CHECKFLAGS).
_CHECKFLAGS = (
    "-D__linux__ -Dlinux -D__STDC__ -Dunix -D__unix__ -Wbitwise -Wno-return-void "
    "-Wno-unknown-attribute -Wcontext -D__x86_64__ --arch=x86 -mlittle-endian -m64"
)
_GCC = re.compile(r"(?:^|[;{ ])gcc (?P<options>[^;]*?) -c -o \S+ (?P<source>\S+\.c)\b")
#: What sparse says, and what that means for the student.
_TOLD: tuple[tuple[re.Pattern[str], Text], ...] = (
    (
        re.compile(r"different address spaces|noderef|removes address space"),
        Text(
            "a pointer to the program's memory (__user) is used as one of the kernel's, or the "
            "other way round: only copy_to_user(), copy_from_user(), put_user() and get_user() may "
            "go there",
            "un pointeur vers la mémoire du programme (__user) est utilisé comme un pointeur du "
            "noyau, ou l'inverse : seuls copy_to_user(), copy_from_user(), put_user() et "
            "get_user() peuvent y accéder",
        ),
    ),
    (
        re.compile(r"context imbalance in '(?P<name>[^']{1,100})' - wrong count at exit"),
        Text(
            "{name}(): a lock is not released on every way out of this function",
            "{name}() : un verrou n'est pas relâché à chaque sortie de cette fonction",
        ),
    ),
    (
        re.compile(r"context imbalance in '(?P<name>[^']{1,100})' - different lock contexts"),
        Text(
            "{name}(): two ways lead to the same line, one with the lock held and one without",
            "{name}() : deux chemins mènent à la même ligne, l'un avec le verrou, l'autre sans",
        ),
    ),
    (
        re.compile(r"context imbalance in '(?P<name>[^']{1,100})' - unexpected unlock"),
        Text(
            "{name}(): a lock is released that was not taken here",
            "{name}() : un verrou est relâché qui n'a pas été pris ici",
        ),
    ),
)
MOST_MESSAGES = 20
LIMITS = JobLimits(wall_seconds=60.0, cpu_seconds=10)


def advice(tree: SourceTree, image: Image, sandbox: Sandbox) -> tuple[Finding, ...]:
    """Nothing for a module that sparse cannot be run on, or whose run it did not survive: advice
    must never stand in the way of a mark.

    Raises:
        UnusableInput: the tree is not one module.
        PlatformFault: the sandbox does not start.
    """
    plan = plan_of(choose_module(tree.files), tree, preamble_of(image, tree))
    recording = recording_of(image, sandbox) if replayable(plan) else None
    if recording is None:
        return ()
    commands = [
        f"sparse {_CHECKFLAGS} {found['options']} {found['source']}"
        for path in plan.objects
        for line in naming(recording.source, plan, path)
        if (found := _GCC.search(line)) is not None
    ]
    script = "cd /kernel\n" + "".join(f"sh -c {shlex.quote(line)}\n" for line in commands)
    outcome = sandbox.run(Job(["sh", "-c", script], upload_files(plan), limits=LIMITS))
    if outcome.killed is not None:
        return ()
    return _findings(decode(outcome.log), Upload(tree.files))


def _findings(log: str, upload: Upload) -> tuple[Finding, ...]:
    told: dict[tuple[str, int, str], Finding] = {}
    for message in diagnose(log.replace(f"{ROOT}/./", f"{ROOT}/"), upload):
        title = _title(message.message)
        if title is None or message.file is None or message.line is None:
            continue
        key = (message.file, message.line, title.en)
        told.setdefault(
            key,
            Finding(
                kind="static", file=message.file, line=message.line, advice=True,
                text=message.message, **said("title", title),
            ),
        )  # fmt: skip
    return tuple(told.values())[:MOST_MESSAGES]


def _title(message: str) -> Text | None:
    for pattern, words in _TOLD:
        if found := pattern.search(message):
            names = found.groupdict()
            return Text(words.en.format(**names), words.fr.format(**names))
    return None
