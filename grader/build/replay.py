"""Build with the commands that kbuild ran for a module of ours, with the names changed.

kbuild takes some 1.5 s to find out which dozen of commands to run, and finds the same for every
module. So they are written down once per image (``recorder.py``) and run again for each
submission, as make would: in ``/kernel``, in make's environment, each in a shell of its own.
"""

from __future__ import annotations

import base64
import json
import os
import posixpath
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from grader.build.kbuild_file import DEBUG, LOADED, STRIP, Plan, upload_files
from grader.build.places import FOLDER, ROOT
from grader.build.sandbox import ENVIRONMENT, Job, JobLimits

#: The names of our module, as they stand in recorded commands. The ones with ``_`` are what
#: kbuild makes of a ``-`` where C wants an identifier.
OWN_MODULE = "ringmark-module"
OWN_FOLDER = "ringmark-folder"
OWN_SOURCE = "ringmark-source"
OWN_OTHER = "ringmark-other"
OWN_FLAG = "-DRINGMARK_FLAGS"
OWN_OBJECTS = f"{OWN_FOLDER}/{OWN_SOURCE}.o {OWN_OTHER}.o"
_OWN = re.compile(
    "|".join(
        re.escape(name)
        for name in (
            *(OWN_OBJECTS, f"{OWN_FOLDER}/", OWN_SOURCE, OWN_SOURCE.replace("-", "_")),
            *(OWN_MODULE, OWN_MODULE.replace("-", "_"), OWN_FLAG),
        )
    )
)

#: Beside the upload's folder, so that no file of the upload can clash.
_STEPS = "replay"
#: kbuild's object that is the same for every module.
COMMON = ".module-common.o"
#: Sources compiled at the same time, at most: each is three processes and up to 150 MiB.
_MOST_SIDE_BY_SIDE = 4
#: A path of which kbuild does nothing particular. A dot more, and ``x.mod.c`` would be one.
_PLAIN = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_-]*/)*[A-Za-z0-9_][A-Za-z0-9_-]*\.c", re.ASCII)

#: $1 is the module's name, $2 how many compile at a time; the rest are what can be compiled
#: before modpost has run. The first source's log is printed at once, the others' are kept until
#: their turn has come, up to that of the first source that does not compile: as make's would.
_SCRIPT = f"""\
module=$1 most=$2; shift 2
steps=/work/{_STEPS}
cd /kernel && . $steps/environment || exit
if [ $# -eq 1 ]; then
  sh $steps/$1 || exit 2
else
  printf '%s\\n' "$@" | xargs -P "$most" -n 1 sh $steps/aside 2>/dev/null
  for step; do
    [ "$step" = description ] && continue
    [ ! -f $steps/$step.log ] || cat $steps/$step.log
    [ -f $steps/$step.ok ] || exit 2
  done
fi
sh $steps/joining || exit 2
cmp -s "{ROOT}/$module.mod.c" $steps/usual.mod.c && [ -f "{ROOT}/$module.mod.o" ] ||
  sh $steps/description || exit 2
sh $steps/finish || exit 2
cd /work || exit
set -- "$module"
{STRIP}
"""
#: 255 makes xargs start nothing more.
_ASIDE = f"""\
step=/work/{_STEPS}/$1
[ "$1" = source-0 ] || exec >$step.log
sh $step 2>&1 || exit 255
: >$step.ok
"""


@dataclass(frozen=True)
class Recording:
    """Commands for the module named by the constants above, in the order in which they ran.

    ``source`` is run for each source, ``listing`` writes which objects make the module, ``link``
    makes one of several, ``modpost`` checks it and writes a description in C, ``description``
    compiles that, ``final`` links. ``common`` is the object that every module gets, ``usual`` the
    description of a module that starts and stops and exports nothing, ``described`` its object
    for some names (nothing of a submission's has been near it).
    """

    environment: Mapping[str, str]
    source: Sequence[str]
    listing: Sequence[str]
    link: Sequence[str]
    modpost: Sequence[str]
    description: Sequence[str]
    final: Sequence[str]
    common: bytes
    usual: bytes
    described: Mapping[str, bytes]

    def commands(self, plan: Plan) -> list[str]:
        """All that kbuild would run for ``plan``; the order is not always kbuild's."""
        every = [line for path in plan.objects for line in naming(self.source, plan, path)]
        link = [] if plan.single else self.link
        rest = [*self.listing, *link, *self.modpost, *self.description, *self.final]
        return every + naming(rest, plan)

    def to_json(self) -> str:
        return json.dumps(
            {field.name: _packed(getattr(self, field.name)) for field in fields(self)}
        )

    @classmethod
    def from_json(cls, text: str) -> Recording:
        """Raises:
        ValueError, KeyError, TypeError: it is no recording.
        """
        data = json.loads(text)
        return cls(
            environment={str(name): str(value) for name, value in data["environment"].items()},
            source=_lines(data["source"]),
            listing=_lines(data["listing"]),
            link=_lines(data["link"]),
            modpost=_lines(data["modpost"]),
            description=_lines(data["description"]),
            final=_lines(data["final"]),
            common=_bytes(data["common"]),
            usual=_bytes(data["usual"]),
            described={str(name): _bytes(value) for name, value in data["described"].items()},
        )


def _packed(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _packed(inner) for name, inner in value.items()}
    return value


def _lines(packed: list[object]) -> list[str]:
    return [str(line) for line in packed]


def _bytes(packed: str) -> bytes:
    return base64.b64decode(packed, validate=True)


def replayable(plan: Plan) -> bool:
    """Whether every source is called in a way that kbuild has no second thoughts about."""
    sources = [path for path in plan.files if path.lower().endswith(".c")]
    return all(_PLAIN.fullmatch(path) for path in sources)


def naming(commands: Sequence[str], plan: Plan, path: str = "") -> list[str]:
    """``commands`` with our names replaced by ``plan``'s, and the source's by ``path``.

    In one pass: a student may call a file by one of our names.
    """
    folder, stem = posixpath.split(path)
    names = {
        OWN_OBJECTS: " ".join(f"{path}.o" for path in plan.objects),
        f"{OWN_FOLDER}/": f"{folder}/" if folder else "",
        OWN_SOURCE: stem,
        OWN_SOURCE.replace("-", "_"): stem.replace("-", "_"),
        OWN_MODULE: plan.name,
        OWN_MODULE.replace("-", "_"): plan.name.replace("-", "_"),
        OWN_FLAG: " ".join(plan.flags),
    }
    return [_OWN.sub(lambda match: names[match[0]], command) for command in commands]


def replay_job(
    recording: Recording,
    plan: Plan,
    limits: JobLimits,
    processors: Callable[[], int] = lambda: len(os.sched_getaffinity(0)),
) -> Job:
    """The same module as ``kbuild_job``'s, in a third of its time."""
    early = [f"source-{n}" for n in range(len(plan.objects))]
    steps = {
        name: _shell(naming(recording.source, plan, path))
        for name, path in zip(early, plan.objects, strict=True)
    }
    link = [] if plan.single else recording.link
    steps |= {
        "environment": _environment(recording.environment),
        "aside": _ASIDE,
        "joining": _shell(naming([*recording.listing, *link, *recording.modpost], plan)),
        "description": _shell(naming(recording.description, plan)),
        "finish": _shell(naming(recording.final, plan)),
    }
    files = {f"{_STEPS}/{name}": text.encode() for name, text in steps.items()}
    files |= {f"{_STEPS}/usual.mod.c": recording.usual, f"{FOLDER}/{COMMON}": recording.common}
    described = recording.described.get(plan.name)
    most = min(processors(), _MOST_SIDE_BY_SIDE)
    if described is not None:
        files[f"{FOLDER}/{plan.name}.mod.o"] = described
    elif most > 1:
        # Most likely modpost will write just this, so a second processor may begin with it.
        files[f"{FOLDER}/{plan.name}.mod.c"] = recording.usual
        early.append("description")
    return Job(
        argv=["sh", "-c", _SCRIPT, "build", plan.name, str(most), *early],
        files={**upload_files(plan), **files},
        outputs=[LOADED, DEBUG],
        limits=limits,
    )


def description_job(recording: Recording, names: Sequence[str]) -> Job:
    """Compiles the usual description under each of ``names``: nobody's code but the kernel's."""
    plans = [Plan(name, [], [], {}) for name in names]
    commands = [line for plan in plans for line in naming(recording.description, plan)]
    script = f"cd /kernel\n{_environment(recording.environment)}{_shell(commands)}"
    return Job(
        argv=["sh", f"/work/{_STEPS}"],
        files={
            _STEPS: script.encode(),
            **{f"{FOLDER}/{name}.mod.c": recording.usual for name in names},
        },
        outputs=[f"{FOLDER}/{name}.mod.o" for name in names],
    )


def _shell(commands: Sequence[str]) -> str:
    """Each in a shell of its own, as make runs them: they set traps and options."""
    return "".join(f"sh -c {shlex.quote(command)} || exit\n" for command in commands)


def _environment(variables: Mapping[str, str]) -> str:
    """make's environment, and none of the sandbox's that it took away."""
    gone = [f"unset {name}\n" for name in ENVIRONMENT if name not in variables]
    kept = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    return "".join([*gone, *kept])
