"""Which file names are taken: plain ones, that mean the same to make, gcc and a page."""

from __future__ import annotations

import re
from enum import Enum

from grader.errors import UnusableInput
from grader.intake.values import IntakeLimits

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
        reason = "an empty name or one with a NUL in it"
    elif path.startswith("/"):
        reason = "an absolute path"
    elif "\\" in path:
        reason = "a backslash in a name"
    elif _DRIVE.match(path):
        reason = "a drive letter"
    elif ".." in path.split("/"):
        reason = "a path with '..' that leaves its folder"
    if reason is not None:
        raise UnusableInput(
            f"{where} holds {show(path)}: {reason}. "
            "Pack the folder that holds your .c and .h files again, with relative paths only."
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
                f"the name {show(path)} cannot be used: {reason}. Rename it with plain letters, "
                "digits, '_' and '-' (for example my_module.c) and hand it in again."
            )
    if len(path) > limits.path:
        raise UnusableInput(
            f"the path {show(path)} is too long ({len(path)} characters, at most {limits.path}): "
            "use fewer or shorter folders."
        )
    for folder in components[:-1]:
        if _GENERATED_FOLDER.search(folder):
            raise UnusableInput(
                f"the folder {show(folder)} in {show(path)} has a name that the kernel's build "
                "writes itself: rename it."
            )
    if _GENERATED_SOURCE.search(path):
        raise UnusableInput(
            f"{show(path)} is a file that the kernel's build writes itself (*.mod.c): "
            "hand in the source that you wrote, such as my_module.c."
        )


def _oddity(component: str, limits: IntakeLimits) -> str | None:
    tests = (
        (not component or component == ".", "it has an empty part"),
        (any(ord(c) < 32 or ord(c) == 127 for c in component), "it has a control character"),
        (any(c.isspace() for c in component), "it has a space in it"),
        (not component.isascii(), "it has characters that are not plain ASCII"),
        (component.startswith("-"), "it starts with '-', which tools read as an option"),
        (component.startswith("."), "it starts with '.'"),
        (not _PLAIN.fullmatch(component), "it has a special character"),
        (component.endswith((".C", ".H")), "its suffix is in capitals, which make does not know"),
        (len(component) > limits.component, f"it is too long (at most {limits.component})"),
    )
    return next((reason for wrong, reason in tests if wrong), None)


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
        how = "twice" if other == path else f"beside {show(other)}, which differs in case only"
        raise UnusableInput(
            f"{show(path)} was handed in {how}: keep the one that counts and remove the other."
        )
