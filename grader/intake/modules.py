"""Which of the files make the module: one entry, its helpers, and what is left out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.errors import UnusableInput
from grader.intake.content import code_of
from grader.intake.names import show
from grader.intake.values import DEVICE, SourceFile
from grader.texts import Text

#: What registers a module's start: module_init itself, the macros of linux/device/driver.h and
#: its users (module_misc_device, module_*_driver), the initcalls that linux/module.h maps to
#: module_init, and the old style ``int init_module(void)``.
_ENTRY = re.compile(
    r"\b(?:module_init|module_(?:\w+_)?driver|module_\w+_device|\w+_initcall(?:_sync)?)\s*\("
    r"|\binit_module\s*\("
)
_MAIN = re.compile(r"\bmain\s*\(")
_INCLUDED = Text(
    "included by another file, so not compiled for itself",
    "inclus par un autre fichier, donc pas compilé à part",
)
_PROGRAM = Text(
    "a program for user space: it has a main()",
    "un programme de l'espace utilisateur : il a un main()",
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)


@dataclass(frozen=True)
class ModulePlan:
    """``sources`` are compiled and linked into one module; ``entry`` registers it.

    ``left_out`` maps a ``.c`` that is not compiled to the reason, for a person.
    """

    entry: str
    sources: tuple[str, ...]
    left_out: Mapping[str, Text]


def choose_module(files: Sequence[SourceFile], device: str = DEVICE) -> ModulePlan:
    """Find the one module in what was handed in.

    A ``.c`` that another file includes is not compiled for itself; a program for user space
    (it has a ``main``) is left out; of several modules the one that names ``device`` (as a string)
    is taken if there is just one such.

    Raises:
        UnusableInput: no C source, nothing registers a module, or several modules.
    """
    code = {file.path: code_of(file.data) for file in files}
    sources = [path for path in code if path.lower().endswith(".c")]
    if not sources:
        raise UnusableInput(
            Text(
                "there is no .c file in what was handed in: hand in the source of your module.",
                "il n'y a aucun fichier .c dans ce qui a été rendu : rendez le source de votre "
                "module.",
            )
        )
    included = _included(files)
    standing = [path for path in sources if path not in included]
    entries = [path for path in standing if _ENTRY.search(code[path])]
    if not entries and any(_ENTRY.search(text) for text in code.values()):
        # It is in a header or in a .c that another one includes.
        entries = [path for path in standing if not _MAIN.search(code[path])][:1]
    if not entries:
        names = ", ".join(show(path) for path in sorted(sources)[:5])
        raise UnusableInput(
            Text(
                f"no module_init(...) in {names}: this is not a kernel module that can be loaded. "
                "Register your start function with module_init(your_function) and hand it in "
                "again.",
                f"pas de module_init(...) dans {names} : ce n'est pas un module du noyau que l'on "
                "puisse charger. Déclarez votre fonction de départ par "
                "module_init(votre_fonction) et rendez à nouveau.",
            )
        )
    entry = _the_one(entries, files, device)
    left_out: dict[str, Text] = {}
    for path in sources:
        if path in included:
            left_out[path] = _INCLUDED
        elif path in entries and path != entry:
            left_out[path] = Text(
                f"another module; {entry} was taken, which names the device {device}",
                f"un autre module ; {entry} a été pris, qui nomme le périphérique {device}",
            )
        elif path != entry and _MAIN.search(code[path]):
            left_out[path] = _PROGRAM
    chosen = tuple(sorted(path for path in sources if path not in left_out))
    return ModulePlan(entry=entry, sources=chosen, left_out=left_out)


def _the_one(entries: list[str], files: Sequence[SourceFile], device: str) -> str:
    if len(entries) == 1:
        return entries[0]
    naming = [
        file.path
        for file in files
        if file.path in entries and f'"{device}"' in code_of(file.data, literals=True)
    ]
    if len(naming) == 1:
        return naming[0]
    names = ", ".join(show(path) for path in sorted(entries)[:5])
    raise UnusableInput(
        Text(
            f"several modules were handed in: {names} each have a module_init(...). "
            "Hand in the files of one module only.",
            f"plusieurs modules ont été rendus : {names} ont chacun un module_init(...). "
            "Rendez les fichiers d'un seul module.",
        )
    )


def _included(files: Sequence[SourceFile]) -> set[str]:
    """The ``.c`` files that some other file includes with quotes."""
    paths = {file.path for file in files}
    found = set()
    for file in files:
        folder = posixpath.dirname(file.path)
        for name in _INCLUDE.findall(code_of(file.data, literals=True)):
            target = posixpath.normpath(posixpath.join(folder, name))
            if target in paths and target != file.path and target.lower().endswith(".c"):
                found.add(target)
    return found
