"""The two ways in: files of a form, and a path on the command line."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from grader.errors import UnusableInput
from grader.intake.archives import is_archive, unpack
from grader.intake.content import refuse_not_c, size
from grader.intake.modules import choose_module
from grader.intake.names import Kind, kind_of, refuse_clashes, refuse_odd, show
from grader.intake.values import (
    DEFAULT,
    DEVICE,
    IntakeLimits,
    SourceFile,
    SourceTree,
    Upload,
    digest,
)
from grader.texts import Text, same

_WHAT_TO_HAND_IN = Text(
    "Hand in one or more .c and .h files, or one zip or tar.gz of them.",
    "Rendez un ou plusieurs fichiers .c et .h, ou une archive zip ou tar.gz de ces fichiers.",
)
_THE_UPLOAD = Text("the upload", "l'envoi")
_SKIPPED_FOLDERS = frozenset({".git", "__MACOSX", ".tmp_versions"})
_IGNORED_SHOWN = 100


def read_upload(
    uploads: Sequence[Upload], limits: IntakeLimits = DEFAULT, *, device: str = DEVICE
) -> SourceTree:
    """The C sources of what a form brought: files, or one archive of them. ``device``: what the
    rubric calls the module's device.

    Raises:
        UnusableInput: nothing that can be marked; the message is for the student.
    """
    if not uploads:
        raise UnusableInput(
            Text(
                f"nothing was handed in. {_WHAT_TO_HAND_IN.en}",
                f"rien n'a été rendu. {_WHAT_TO_HAND_IN.fr}",
            )
        )
    total = sum(len(upload.data) for upload in uploads)
    if total > limits.upload:
        raise UnusableInput(
            Text(
                f"the upload is too big: {size(total).en}, at most {size(limits.upload).en}. "
                "Hand in the C sources alone, without build results.",
                f"l'envoi est trop gros : {size(total).fr}, au plus {size(limits.upload).fr}. "
                "Rendez seulement les sources C, sans résultats de compilation.",
            )
        )
    archives = [upload for upload in uploads if is_archive(upload)]
    if len(uploads) == 1 and archives:
        where = same(show(archives[0].name))
        return _tree(unpack(archives[0], limits), limits, where, device)
    if archives:
        raise UnusableInput(
            Text(
                f"{show(archives[0].name)} is an archive beside other files: "
                "hand in either one archive or the files themselves.",
                f"{show(archives[0].name)} est une archive à côté d'autres fichiers : "
                "rendez soit une archive, soit les fichiers eux-mêmes.",
            )
        )
    for upload in uploads:
        if kind_of(upload.name) is Kind.OTHER and not upload.name.startswith("."):
            raise UnusableInput(
                Text(
                    f"{show(upload.name)} is not a C source. {_WHAT_TO_HAND_IN.en}",
                    f"{show(upload.name)} n'est pas un source C. {_WHAT_TO_HAND_IN.fr}",
                )
            )
        refuse_odd(upload.name, limits)
    return _tree(((one.name, one.data) for one in uploads), limits, _THE_UPLOAD, device)


def read_path(path: Path, limits: IntakeLimits = DEFAULT, *, device: str = DEVICE) -> SourceTree:
    """The C sources of a file, a folder or an archive on this machine.

    Raises:
        UnusableInput: as :func:`read_upload`; also when there is no such path.
    """
    try:
        if path.is_dir():
            return _tree(_walk(path, limits), limits, same(show(str(path))), device)
        return read_upload([Upload(path.name, _read(path, limits.upload))], limits, device=device)
    except OSError as problem:
        raise UnusableInput(
            f"cannot read {show(str(path))}: {problem.strerror or problem}. Check the path."
        ) from None


def read_paths(
    paths: Sequence[Path], limits: IntakeLimits = DEFAULT, *, device: str = DEVICE
) -> SourceTree:
    """One file, folder or archive, or several files.

    Raises:
        UnusableInput: as :func:`read_path`; also for a folder beside other paths.
    """
    if len(paths) == 1:
        return read_path(paths[0], limits, device=device)
    for path in paths:
        if path.is_dir():
            raise UnusableInput(
                f"{show(str(path))} is a folder beside other paths: "
                "name either one folder or the files themselves."
            )
    try:
        uploads = [Upload(path.name, _read(path, limits.upload)) for path in paths]
    except OSError as problem:
        raise UnusableInput(
            f"cannot read {show(str(problem.filename))}: {problem.strerror}. Check the path."
        ) from None
    return read_upload(uploads, limits, device=device)


def _tree(
    members: Iterator[tuple[str, bytes | None]], limits: IntakeLimits, where: Text, device: str
) -> SourceTree:
    """Collect sources as they come, so that no more than the limits is ever held."""
    sources: dict[str, bytes] = {}
    names: list[str] = []
    ignored: list[str] = []
    total = 0
    for name, data in members:
        if data is None:
            ignored.append(name)
            continue
        names.append(name)
        sources[name] = data
        total += len(data)
        if len(names) > limits.files:
            raise UnusableInput(
                Text(
                    f"{where.en} has too many source files: more than {limits.files}. "
                    "Hand in the files of your module only.",
                    f"{where.fr} contient trop de fichiers sources : plus de {limits.files}. "
                    "Rendez seulement les fichiers de votre module.",
                )
            )
        if total > limits.total:
            raise UnusableInput(
                Text(
                    f"{where.en} has too much source: more than {size(limits.total).en} in all. "
                    "Hand in the files of your module only.",
                    f"{where.fr} contient trop de source : plus de {size(limits.total).fr} en "
                    "tout. Rendez seulement les fichiers de votre module.",
                )
            )
    refuse_clashes(names)
    if not sources:
        names_seen = ", ".join(map(show, ignored[:3]))
        only = Text(f" (only {names_seen})", f" (seulement {names_seen})") if ignored else same("")
        raise UnusableInput(
            Text(
                f"there is no .c file that can be used in {where.en}{only.en}. "
                f"{_WHAT_TO_HAND_IN.en}",
                f"il n'y a pas de fichier .c utilisable dans {where.fr}{only.fr}. "
                f"{_WHAT_TO_HAND_IN.fr}",
            )
        )
    common = _common_folder(names)
    files = tuple(
        SourceFile(path, data)
        for path, data in sorted((name[len(common) :], data) for name, data in sources.items())
    )
    for file in files:
        refuse_odd(file.path, limits)
        refuse_not_c(file, limits)
    choose_module(files, device)
    shown = tuple(show(name)[1:-1] for name in ignored[:_IGNORED_SHOWN])
    if len(ignored) > _IGNORED_SHOWN:
        shown += (f"... +{len(ignored) - _IGNORED_SHOWN}",)
    return SourceTree(files, digest(files), shown, device)


def _common_folder(names: Sequence[str]) -> str:
    """What all names start with, up to and with a ``/``: the folder that was packed."""
    folders = [name.split("/")[:-1] for name in names]
    common = list(takewhile(lambda level: len(set(level)) == 1, zip(*folders, strict=False)))
    return "".join(f"{level[0]}/" for level in common)


def _walk(root: Path, limits: IntakeLimits) -> Iterator[tuple[str, bytes | None]]:
    """Files below ``root``; links are never followed."""
    seen = 0
    pending = [root]
    while pending:
        folder = pending.pop()
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            seen += 1
            if seen > limits.members:
                raise UnusableInput(
                    f"{show(str(root))} has more than {limits.members} entries: "
                    "name the folder of your module."
                )
            name = Path(entry.path).relative_to(root).as_posix()
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                if entry.name in _SKIPPED_FOLDERS:
                    yield f"{name}/", None
                else:
                    pending.append(Path(entry.path))
            elif not stat.S_ISREG(mode):
                what = "a symbolic link" if stat.S_ISLNK(mode) else "a device, pipe or socket"
                raise UnusableInput(
                    f"{show(name)} in {show(str(root))} is {what}: put the file itself there."
                )
            elif kind_of(name) is Kind.SOURCE:
                yield name, _read(Path(entry.path), limits.file)
            else:
                yield name, None


def _read(path: Path, most: int) -> bytes:
    """At most one byte more than ``most``: enough to see that it is too big."""
    with path.open("rb") as file:
        return file.read(most + 1)
