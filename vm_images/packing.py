"""A part as one file for other hosts: a plain tar, the same bytes for the same part.

Sorted, owners by number, whole seconds, no compression (a zlib of another version would give other
bytes). Devices and pipes travel as empty folders: nobody opens them (sandboxes bring a /dev of
their own), and a worker that is not root could not make them.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from grader.errors import PlatformFault
from vm_images.parts import file_digest, locked, open_to_all

FOLDER = "packed"
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Packed:
    """A packed part: where it is, how long, and the digest of its bytes."""

    part: str
    path: Path
    sha256: str
    size: int


def pack(home: Path, part: str) -> Packed:
    """The packed part, made when nobody has yet since the part was.

    Raises:
        PlatformFault: there is no such part, or it cannot be read or written here.
    """
    try:
        # The same inputs may have been made to a part again, from newer packages.
        made = file_digest(home / "parts" / part / "part.json")[:16]
    except FileNotFoundError:
        raise PlatformFault(
            f"no part {part} in {home}: run 'python manage.py images build'"
        ) from None
    stem = home / FOLDER / f"{part}-{made}"
    facts = stem.with_suffix(".json")
    try:
        if not facts.exists():
            with locked(home, f"pack-{part}"), open_to_all():
                if not facts.exists():
                    _pack(home / "parts" / part, stem)
        known = json.loads(facts.read_text())
    except OSError as error:
        raise PlatformFault(
            f"part {part} cannot be packed for workers ({error}): run"
            " 'python manage.py images pack' as a user who may read all of it and write there"
        ) from None
    return Packed(part, stem.with_suffix(".tar"), str(known["sha256"]), int(known["size"]))


def _pack(folder: Path, stem: Path) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    temporary = stem.with_suffix(".partial")
    with temporary.open("wb") as file:
        write_tar(folder, file)
    facts = {"sha256": file_digest(temporary), "size": temporary.stat().st_size}
    temporary.rename(stem.with_suffix(".tar"))
    noted = stem.with_suffix(".noted")
    noted.write_text(json.dumps(facts) + "\n")
    noted.rename(stem.with_suffix(".json"))  # last: what has its facts is whole


def write_tar(folder: Path, file: BinaryIO) -> None:
    """Write a folder's content, each folder before what is in it."""
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in _walk(folder):
            info = _member(path, str(path.relative_to(folder)))
            if info.isreg():
                with path.open("rb") as content:
                    archive.addfile(info, content)
            else:
                archive.addfile(info)


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


def _member(path: Path, name: str) -> tarfile.TarInfo:
    facts = path.lstat()
    info = tarfile.TarInfo(name)
    info.uid, info.gid = facts.st_uid, facts.st_gid
    info.mode = stat.S_IMODE(facts.st_mode)
    if stat.S_ISREG(facts.st_mode):
        info.size, info.mtime = facts.st_size, int(facts.st_mtime)
    elif stat.S_ISLNK(facts.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, str(path.readlink())
    elif stat.S_ISDIR(facts.st_mode):
        info.type = tarfile.DIRTYPE
    else:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    return info


def unpack(archive: Path, folder: Path) -> None:
    """Unpack into ``folder``, which must not exist. Nothing is written outside of it.

    Root keeps the owners; anybody else owns what is unpacked, which is enough to mark.

    Raises:
        PlatformFault: the archive holds what no part has; the message names it.
    """
    folder.mkdir(mode=0o755)
    modes: dict[Path, int] = {}
    made = {PurePosixPath(".")}
    try:
        with tarfile.open(archive, "r:") as members:
            for member in members:
                name = _accepted(member, made)
                path = folder / name
                if member.isdir():
                    path.mkdir(mode=0o700)
                    made.add(name)
                    modes[path] = member.mode
                elif member.issym():
                    path.symlink_to(member.linkname)
                else:
                    _write_file(members, member, path)
                if os.geteuid() == 0:
                    os.chown(path, member.uid, member.gid, follow_symlinks=False)
                if member.isreg():  # after the owner: a change of owner takes setuid away
                    path.chmod(member.mode)
                    os.utime(path, (member.mtime, member.mtime))
    except tarfile.TarError as error:
        raise PlatformFault(f"{archive.name} is no archive of a part: {error}") from None
    for path, mode in reversed(modes.items()):  # read-only folders last, the inner ones first
        path.chmod(mode)


def _accepted(member: tarfile.TarInfo, made: set[PurePosixPath]) -> PurePosixPath:
    """The member's name, if it lies in a folder that this archive has made."""
    name = PurePosixPath(member.name)
    plain = member.name == str(name) and not name.is_absolute() and ".." not in name.parts
    # Not through a link: only folders of ours are in `made`.
    if not plain or not name.parts or name in made or name.parent not in made:
        raise PlatformFault(f"the archive has a member at an impossible place: {member.name!r}")
    if member.type not in (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE):
        raise PlatformFault(f"the archive has a member that is no file: {member.name!r}")
    return name


def _write_file(members: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = members.extractfile(member)
    assert content is not None
    # "x": a name that comes twice, or a link of that name, is an error and never followed.
    with content, path.open("xb") as file:
        shutil.copyfileobj(content, file, _CHUNK)
