"""Which file names are taken: plain ones, that mean the same to make, gcc and a page."""

from __future__ import annotations

import re
from enum import Enum

from grader.errors import UnusableInput
from grader.intake.values import IntakeLimits
from grader.texts import Text

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:")
_GENERATED_SOURCE = re.compile(r"\.mod\.c\Z", re.IGNORECASE)
_GENERATED_FOLDER = re.compile(
    r"\.(o|ko|a|c|h|s|i|lst|mod|cmd|order|symvers)\Z|\A(kbuild|makefile)\Z", re.IGNORECASE
)
_SHOWN = 80


class Kind(Enum):
    """What intake does with a name."""

    SOURCE = "source"
    GENERATED = "generated"
    OTHER = "other"


def show(name: str) -> str:
    """``name`` in quotes, ASCII only, control characters escaped, cut to a readable length."""
    shown = ascii(name)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 4]}...{shown[-1]}"


def kind_of(path: str) -> Kind:
    """Judge by the last component alone. Hidden files are never sources (``._a.c`` is macOS's)."""
    name = path.rsplit("/", 1)[-1]
    if _GENERATED_SOURCE.search(name):
        return Kind.GENERATED
    if name.startswith(".") or "/." in f"/{path}" or path.startswith("__MACOSX/"):
        return Kind.OTHER
    return Kind.SOURCE if name.lower().endswith((".c", ".h")) else Kind.OTHER


def refuse_escape(path: str, where: str) -> None:
    """A member name must stay below its folder, read by any system.

    Raises:
        UnusableInput: absolute, with a drive letter, a backslash, a NUL or a ``..`` in it.
    """
    reason = None
    if not path or "\0" in path:
        reason = Text("an empty name or one with a NUL in it", "un nom vide ou avec un octet nul")
    elif path.startswith("/"):
        reason = Text("an absolute path", "un chemin absolu")
    elif "\\" in path:
        reason = Text("a backslash in a name", "une barre oblique inverse dans un nom")
    elif _DRIVE.match(path):
        reason = Text("a drive letter", "une lettre de lecteur")
    elif ".." in path.split("/"):
        reason = Text(
            "a path with '..' that leaves its folder", "un chemin avec « .. » qui sort du dossier"
        )
    if reason is not None:
        raise UnusableInput(
            Text(
                f"{where} holds {show(path)}: {reason.en}. Pack the folder that holds your .c and "
                ".h files again, with relative paths only.",
                f"{where} contient {show(path)} : {reason.fr}. Refaites l'archive du dossier de "
                "vos fichiers .c et .h, avec des chemins relatifs seulement.",
            )
        )


def refuse_odd(path: str, limits: IntakeLimits) -> None:
    """A source's path must be plain: letters, digits, ``_``, ``-`` and ``.`` in each component.

    Raises:
        UnusableInput: names the character class that is in the way and asks to rename.
    """
    components = path.split("/")
    for component in components:
        reason = _oddity(component, limits)
        if reason is not None:
            raise UnusableInput(
                Text(
                    f"the name {show(path)} cannot be used: {reason.en}. Rename it with plain "
                    "letters, digits, '_' and '-' (for example my_module.c) and hand it in again.",
                    f"le nom {show(path)} ne peut pas servir : {reason.fr}. Renommez-le avec des "
                    "lettres sans accent, des chiffres, « _ » et « - » (par exemple mon_module.c) "
                    "et rendez-le à nouveau.",
                )
            )
    if len(path) > limits.path:
        raise UnusableInput(
            Text(
                f"the path {show(path)} is too long ({len(path)} characters, at most "
                f"{limits.path}): use fewer or shorter folders.",
                f"le chemin {show(path)} est trop long ({len(path)} caractères, au plus "
                f"{limits.path}) : mettez moins de dossiers, ou de plus courts.",
            )
        )
    for folder in components[:-1]:
        if _GENERATED_FOLDER.search(folder):
            raise UnusableInput(
                Text(
                    f"the folder {show(folder)} in {show(path)} has a name that the kernel's "
                    "build writes itself: rename it.",
                    f"le dossier {show(folder)} dans {show(path)} porte un nom que la compilation "
                    "du noyau écrit elle-même : renommez-le.",
                )
            )
    if _GENERATED_SOURCE.search(path):
        raise UnusableInput(
            Text(
                f"{show(path)} is a file that the kernel's build writes itself (*.mod.c): "
                "hand in the source that you wrote, such as my_module.c.",
                f"{show(path)} est un fichier que la compilation du noyau écrit elle-même "
                "(*.mod.c) : rendez le source que vous avez écrit, comme mon_module.c.",
            )
        )


def _oddity(component: str, limits: IntakeLimits) -> Text | None:
    tests = (
        (not component or component == ".", "it has an empty part", "il a une partie vide"),
        (
            any(ord(c) < 32 or ord(c) == 127 for c in component),
            "it has a control character",
            "il a un caractère de commande",
        ),
        (any(c.isspace() for c in component), "it has a space in it", "il a une espace"),
        (
            not component.isascii(),
            "it has characters that are not plain ASCII",
            "il a des caractères qui ne sont pas de l'ASCII",
        ),
        (
            component.startswith("-"),
            "it starts with '-', which tools read as an option",
            "il commence par « - », que les outils prennent pour une option",
        ),
        (component.startswith("."), "it starts with '.'", "il commence par « . »"),
        (
            not _PLAIN.fullmatch(component),
            "it has a special character",
            "il a un caractère spécial",
        ),
        (
            component.endswith((".C", ".H")),
            "its suffix is in capitals, which make does not know",
            "son suffixe est en majuscules, que make ne connaît pas",
        ),
        (
            len(component) > limits.component,
            f"it is too long (at most {limits.component})",
            f"il est trop long (au plus {limits.component})",
        ),
    )
    return next((Text(en, fr) for wrong, en, fr in tests if wrong), None)


def refuse_clashes(paths: list[str]) -> None:
    """No two paths may be the same file on a system that ignores case.

    Raises:
        UnusableInput: names both.
    """
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.get(path.lower())
        seen[path.lower()] = path
        if other is None:
            continue
        how = (
            Text("twice", "deux fois")
            if other == path
            else Text(
                f"beside {show(other)}, which differs in case only",
                f"à côté de {show(other)}, qui n'en diffère que par la casse",
            )
        )
        raise UnusableInput(
            Text(
                f"{show(path)} was handed in {how.en}: keep the one that counts and remove the "
                "other.",
                f"{show(path)} a été rendu {how.fr} : gardez celui qui compte et enlevez l'autre.",
            )
        )
