"""Find out once per image which commands kbuild runs, prove it, and keep it.

make hands every command to a shell; for these runs that shell is a script of ours which writes
the command down first. A recording is kept only when it accounts for every command of two other
modules and, replayed, gives both of them byte for byte as kbuild does. Otherwise all builds go on
with kbuild itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from grader.build.kbuild_file import (
    DEBUG,
    MAKE,
    Plan,
    compiler_flags,
    kbuild_file,
    upload_files,
)
from grader.build.places import FOLDER, ROOT, decode
from grader.build.replay import (
    COMMON,
    OWN_FLAG,
    OWN_FOLDER,
    OWN_MODULE,
    OWN_OTHER,
    OWN_SOURCE,
    Recording,
    description_job,
    naming,
    replay_job,
)
from grader.build.sandbox import Job, JobLimits, Outcome, Sandbox
from grader.errors import PlatformFault
from grader.image import Image
from grader.intake import SourceFile, SourceTree

log = logging.getLogger(__name__)

#: Raised when what is recorded changes: older recordings are then left aside.
FORMAT = 1
#: Seconds after which a recording that failed is tried again.
RETRY_SECONDS = 600.0

_SHELL = "record"
_COMMANDS = "commands"
_ENVIRONMENT = "environment"
#: make runs it as ``sh /work/record COMMAND``.
_RECORDER = f"""\
printf '%s\\0' "$1" >>/work/{_COMMANDS}
case $1 in *'rm -f {ROOT}/'*' -c -o '*) cat /proc/$$/environ >/work/{_ENVIRONMENT};; esac
exec sh -c "$1"
"""
#: From here on make builds the module; before, it asks what the compiler can do.
_BEGIN = f"make -f ./scripts/Makefile.build obj={ROOT}"
_RECURSION = re.compile(r"make -f |mkdir -p ")
_TARGET = re.compile(rf"trap 'rm -f {ROOT}/(?P<target>\S+); trap - HUP")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
#: What make and the shell tell each other and no command.
_NOT_KEPT = re.compile(r"M(?:AKE)?(?:FLAGS|LEVEL|OVERRIDES)|OLDPWD|PWD|SHELL|SHLVL|_", re.ASCII)

_ENTRY = b"""#include <linux/module.h>
%s
static int __init ringmark_start(void)
{
	return %s;
}
static void __exit ringmark_stop(void)
{
}
module_init(ringmark_start);
module_exit(ringmark_stop);
MODULE_LICENSE("GPL");
"""
_MORE = b"int ringmark_more(void);"
_ALONE = _ENTRY % (b"", b"0")
_TOGETHER = _ENTRY % (_MORE, b"ringmark_more()")
_HELPER = _MORE + b"\nint ringmark_more(void)\n{\n\treturn 0;\n}\n"


class _NoRecording(Exception):
    """kbuild does not do what the replay could do after it; says what."""


@dataclass(frozen=True)
class _Run:
    """What kbuild ran, in which environment, and what it left."""

    commands: Sequence[str]
    environment: Mapping[str, str]
    outputs: Mapping[str, bytes]

    def left(self, name: str) -> bytes:
        try:
            return self.outputs[f"{FOLDER}/{name}"]
        except KeyError:
            raise _NoRecording(f"kbuild did not leave {name}") from None


def recording_of(image: Image, sandbox: Sandbox) -> Recording | None:
    """The kept recording of the image's kernel and compiler, made now if there is none.

    None, and the reason in the log, when it cannot be made or another process is at it.
    """
    depends = {
        "format": FORMAT,
        "parts": {name: image.manifest["parts"][name] for name in ("kernel", "toolchain")},
        "trees": image.manifest.get("trees"),
    }
    key = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:24]
    folder = image.home / "recordings" / key
    kept = _read(folder)
    if kept is not None:
        return kept
    try:
        with _alone(folder) as mine:
            if not mine or _failed_lately(folder):
                return None
            # Another may have made it between the two.
            return _read(folder) or _make(folder, depends, sandbox)
    except OSError as problem:
        log.warning("builds are slow, the recording of kbuild cannot be kept: %s", problem)
        return None


def _read(folder: Path) -> Recording | None:
    try:
        return Recording.from_json((folder / "recording.json").read_text())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # never made, or not whole


def _make(folder: Path, depends: Mapping[str, object], sandbox: Sandbox) -> Recording | None:
    try:
        recording = record(sandbox)
    except (_NoRecording, PlatformFault) as problem:
        log.warning("builds are slow, kbuild could not be recorded: %s", problem)
        _write(folder / "failed", f"{problem}\n")
        return None
    # What it depends on comes first and is read by people, and by whoever removes old ones.
    text = json.dumps({**depends, **json.loads(recording.to_json())}, indent=1)
    _write(folder / "recording.json", text)
    return recording


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """False while another process or thread is at it: a build by kbuild is over sooner."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            # Not by closing alone: a process forked meanwhile has the same lock open.
            fcntl.flock(file, fcntl.LOCK_UN)


def _failed_lately(folder: Path, now: Callable[[], float] = time.time) -> bool:
    try:
        return now() - (folder / "failed").stat().st_mtime < RETRY_SECONDS
    except FileNotFoundError:
        return False


def _write(path: Path, text: str) -> None:
    """The file appears whole under its name or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    made = Path(file.name)
    made.chmod(0o644)
    made.replace(path)


# -- making one --------------------------------------------------------------------------------


def record(sandbox: Sandbox) -> Recording:
    """Record kbuild with a module of ours and prove the recording on two more.

    Raises:
        _NoRecording: kbuild's commands are not as the replay needs them.
        PlatformFault: the sandbox does not start.
    """
    learned = _learn(_kbuild(_OWN, sandbox))
    runs = {plan.name: _kbuild(plan, sandbox) for plan in _TRIALS}
    outcome = sandbox.run(description_job(learned, _NAMES))
    described = {name: outcome.outputs.get(f"{FOLDER}/{name}.mod.o", b"") for name in _NAMES}
    if not all(described.values()):
        raise _NoRecording(f"descriptions do not compile: {_said(outcome)}")
    recording = replace(learned, described=described)
    for plan in _TRIALS:
        run = runs[plan.name]
        if sorted(recording.commands(plan)) != sorted(command for _, command in _building(run)):
            raise _NoRecording(f"kbuild runs other commands for {plan.name}")
        # Once with the kept objects, and once with all of them compiled.
        for one in (recording, learned):
            outcome = sandbox.run(replay_job(one, plan, JobLimits()))
            if outcome.outputs.get(DEBUG) != run.left(f"{plan.name}.ko"):
                raise _NoRecording(f"{plan.name} comes out as another module: {_said(outcome)}")
    return recording


def _kbuild(plan: Plan, sandbox: Sandbox) -> _Run:
    script = f"{MAKE} .SHELLFLAGS=/work/{_SHELL} modules"
    left = [f"{plan.name}.ko", f"{plan.name}.mod.c", COMMON]
    outcome = sandbox.run(
        Job(
            argv=["sh", "-c", script],
            files={
                **upload_files(plan),
                f"{FOLDER}/Kbuild": kbuild_file(plan).encode(),
                _SHELL: _RECORDER.encode(),
            },
            outputs=[_COMMANDS, _ENVIRONMENT, *(f"{FOLDER}/{name}" for name in left)],
        )
    )
    if outcome.exit_code != 0 or outcome.killed is not None:
        why = outcome.killed or outcome.exit_code
        raise _NoRecording(f"{plan.name} does not build ({why}): {_said(outcome)}")
    texts = [
        outcome.outputs.get(name, b"").decode().split("\0")[:-1]
        for name in (_COMMANDS, _ENVIRONMENT)
    ]
    variables = dict(text.split("=", 1) for text in texts[1] if "=" in text)
    return _Run(
        commands=texts[0],
        environment={
            name: value
            for name, value in variables.items()
            if _VARIABLE.fullmatch(name) and not _NOT_KEPT.fullmatch(name)
        },
        outputs=outcome.outputs,
    )


def _said(outcome: Outcome) -> str:
    """The log's last lines, in one."""
    return " / ".join(line.strip() for line in decode(outcome.log).splitlines()[-3:])


def _building(run: _Run) -> list[tuple[str, str]]:
    """Target and command of all that builds the module, but for the object that all share.

    What has no target (a check) goes with the one before it.
    """
    begin = next((n for n, line in enumerate(run.commands) if line.startswith(_BEGIN)), None)
    if begin is None:
        raise _NoRecording("kbuild does not build as it did")
    target, found = "", []
    for command in run.commands[begin:]:
        if command.strip() in ("", ":") or _RECURSION.match(command):
            continue
        match = _TARGET.search(command)
        target = match["target"] if match is not None else target
        if target != COMMON:
            found.append((target, command))
    return found


def _learn(run: _Run) -> Recording:
    """Sort the commands for our own module by what they make."""
    source, other = (f"{path}.o" for path in _OWN.objects)
    parts = {
        f"{OWN_MODULE}.mod": "listing",
        source: "source",
        other: "other",
        f"{OWN_MODULE}.o": "link",
        "modules.order": "modpost",
        "Module.symvers": "modpost",
        f"{OWN_MODULE}.mod.o": "description",
        f"{OWN_MODULE}.ko": "final",
    }
    sorted_: dict[str, list[str]] = {part: [] for part in parts.values()}
    for target, command in _building(run):
        if target not in parts:
            raise _NoRecording(f"kbuild makes '{target}', which is new")
        sorted_[parts[target]].append(command)
    empty = [part for part, commands in sorted_.items() if not commands]
    if empty:
        raise _NoRecording(f"kbuild runs nothing for: {', '.join(empty)}")
    if naming(sorted_["source"], _OWN, OWN_OTHER) != sorted_["other"]:
        raise _NoRecording("kbuild compiles two sources in two ways")
    return Recording(
        environment=run.environment,
        source=sorted_["source"],
        listing=sorted_["listing"],
        link=sorted_["link"],
        modpost=sorted_["modpost"],
        description=sorted_["description"],
        final=sorted_["final"],
        common=run.left(COMMON),
        usual=run.left(f"{OWN_MODULE}.mod.c"),
        described={},
    )


#: A module of two sources, one of them in a folder, under names that stand nowhere else.
_OWN = Plan(
    name=OWN_MODULE,
    objects=[f"{OWN_FOLDER}/{OWN_SOURCE}", OWN_OTHER],
    flags=[OWN_FLAG],
    files={f"{OWN_FOLDER}/{OWN_SOURCE}.c": _TOGETHER, f"{OWN_OTHER}.c": _HELPER},
)


def _trial(name: str, files: Mapping[str, bytes]) -> Plan:
    """As an upload of these files would be planned."""
    tree = SourceTree(tuple(SourceFile(path, data) for path, data in files.items()), sha256="")
    objects = [path.removesuffix(".c") for path in files if path.endswith(".c")]
    return Plan(name, objects, compiler_flags(tree), files)


#: What modules of this course are mostly called; any other name costs a fifth of a second more.
_NAMES = ("asee_mod", "asee_mod_2", "asee", "chardev", "tp1")
_TRIALS = (
    _trial("asee_mod", {"asee_mod.c": _ALONE}),
    _trial(
        "asee_mod_2",
        {
            "asee_mod.c": b'#include "ringmark.h"\n' + _TOGETHER,
            "include/ringmark.h": _MORE,
            "ring/ring-buffer.c": _HELPER,
        },
    ),
)
