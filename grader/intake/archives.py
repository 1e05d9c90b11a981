"""zip and tar, read as a stream with caps, nothing written to disk.

Python 3.11.2 has no ``tarfile.data_filter`` (PEP 706), so every member is judged here, by name
and by type, before a byte of it is read. Only members that are sources are unpacked from a zip;
a tar has to be unpacked as a whole to get through it, so there the whole is capped.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Protocol

from grader.errors import UnusableInput
from grader.intake.content import size
from grader.intake.names import Kind, kind_of, refuse_escape, show
from grader.intake.values import IntakeLimits, Upload
from grader.texts import Text

Member = tuple[str, bytes | None]

_LINK = Text("a symbolic link", "un lien symbolique")
_HARD_LINK = Text("a hard link", "un lien physique")
_SPECIAL = Text(
    "a device, pipe or other special file", "un périphérique, un tube ou un autre fichier spécial"
)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_CHUNK = 64 * 1024
#: An xz file names the memory that it needs; 64 MiB is what ``xz -9`` asks for.
_XZ_MEMORY = 80 * 1024 * 1024
_SUFFIXES = (
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tar.xz",
    ".txz",
)


def is_archive(upload: Upload) -> bool:
    """By suffix, and for a name that has none of ours by what a zip or gzip begins with."""
    name = upload.name.lower()
    if name.endswith(_SUFFIXES):
        return True
    bare = "." not in name.strip(".")
    return bare and upload.data.startswith((*_ZIP_MAGIC, b"\x1f\x8b"))


def unpack(upload: Upload, limits: IntakeLimits) -> Iterator[Member]:
    """Each regular member, in order: (name, data) of a source, (name, None) of anything else.

    Raises:
        UnusableInput: not an archive, damaged, encrypted, a bomb, too many members, a name
            that leaves the folder, or a member that is no regular file or folder.
    """
    where = show(upload.name)
    if not upload.data:
        raise UnusableInput(
            Text(
                f"{where} is empty: pack your files again.",
                f"{where} est vide : refaites l'archive de vos fichiers.",
            )
        )
    members = _zip if upload.data.startswith(_ZIP_MAGIC) else _tar
    try:
        yield from members(upload.data, limits, where)
    except UnusableInput:
        raise
    except Exception as problem:  # The parsers' whole range of errors: the bytes are hostile.
        raise UnusableInput(
            Text(
                f"{where} is damaged or not an archive that can be read "
                f"({type(problem).__name__}). Pack your files again as zip or tar.gz.",
                f"{where} est abîmé ou n'est pas une archive lisible ({type(problem).__name__}). "
                "Refaites l'archive, en zip ou tar.gz.",
            )
        ) from problem


def _zip(data: bytes, limits: IntakeLimits, where: str) -> Iterator[Member]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    infos = archive.infolist()
    _refuse_many(len(infos), limits, where)
    _refuse_bomb(sum(info.file_size for info in infos), limits, where)
    for info in infos:
        # orig_filename: zipfile cuts filename at a NUL.
        name = info.orig_filename
        refuse_escape(name, where)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind == stat.S_IFLNK:
            raise _special(name, _LINK, where)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _special(name, _SPECIAL, where)
        if name.endswith("/"):
            continue
        if info.flag_bits & 0x1:
            raise UnusableInput(
                Text(
                    f"{where} is encrypted ({show(name)}): pack it again without a password.",
                    f"{where} est chiffré ({show(name)}) : refaites l'archive sans mot de passe.",
                )
            )
        if kind_of(_plain(name)) is not Kind.SOURCE:
            yield _plain(name), None
            continue
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The others can ask for gigabytes of dictionary, and zipfile sets no limit.
            raise UnusableInput(
                Text(
                    f"{show(name)} in {where} is packed by an unusual method: "
                    "pack your files again as an ordinary zip or tar.gz.",
                    f"{show(name)} dans {where} est compressé par une méthode inhabituelle : "
                    "refaites l'archive, en zip ou tar.gz ordinaire.",
                )
            )
        with archive.open(info) as file:
            yield _plain(name), _source(file, name, limits, where)


def _tar(data: bytes, limits: IntakeLimits, where: str) -> Iterator[Member]:
    stream = _Capped(_opened(data), limits, where)
    count = 0
    with tarfile.open(fileobj=stream, mode="r|", encoding="utf-8") as archive:
        for info in archive:
            count += 1
            _refuse_many(count, limits, where)
            refuse_escape(info.name, where)
            if info.isdir():
                continue
            if info.issym() or info.islnk():
                raise _special(info.name, _LINK if info.issym() else _HARD_LINK, where)
            file = archive.extractfile(info) if info.isreg() and not info.issparse() else None
            if file is None:
                raise _special(info.name, _SPECIAL, where)
            if kind_of(_plain(info.name)) is not Kind.SOURCE:
                yield _plain(info.name), None
            else:
                yield _plain(info.name), _source(file, info.name, limits, where)
    if count == 0:
        raise UnusableInput(
            Text(
                f"{where} has no files in it: pack your files again.",
                f"{where} ne contient aucun fichier : refaites l'archive de vos fichiers.",
            )
        )


def _plain(name: str) -> str:
    """``tar -c .`` writes ``./a.c``."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _source(file: _Readable, name: str, limits: IntakeLimits, where: str) -> bytes:
    content = file.read(limits.file + 1)
    if len(content) > limits.file:
        raise UnusableInput(
            Text(
                f"{show(name)} in {where} is too big: at most {size(limits.file).en} for one "
                "source file. Hand in the C source alone.",
                f"{show(name)} dans {where} est trop gros : au plus {size(limits.file).fr} par "
                "fichier source. Rendez seulement le source C.",
            )
        )
    return content


def _special(name: str, what: Text, where: str) -> UnusableInput:
    return UnusableInput(
        Text(
            f"{show(name)} in {where} is {what.en}: put the file itself there and pack it again.",
            f"{show(name)} dans {where} est {what.fr} : mettez-y le fichier lui-même et refaites "
            "l'archive.",
        )
    )


def _refuse_many(count: int, limits: IntakeLimits, where: str) -> None:
    if count > limits.members:
        raise UnusableInput(
            Text(
                f"{where} has too many files: more than {limits.members}. "
                "Pack the .c and .h files of your module only.",
                f"{where} contient trop de fichiers : plus de {limits.members}. "
                "N'y mettez que les fichiers .c et .h de votre module.",
            )
        )


def _refuse_bomb(unpacked: int, limits: IntakeLimits, where: str) -> None:
    if unpacked > limits.unpacked:
        raise UnusableInput(
            Text(
                f"{where} is too big when unpacked: more than {size(limits.unpacked).en}. "
                "Pack the .c and .h files of your module only.",
                f"{where} est trop gros une fois décompressé : plus de "
                f"{size(limits.unpacked).fr}. N'y mettez que les .c et .h de votre module.",
            )
        )


def _opened(data: bytes) -> _Readable:
    """The decompressed stream. Each of these gives at most what is asked for at a time."""
    raw = io.BytesIO(data)
    if data.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw)
    if data.startswith(b"BZh"):
        return bz2.BZ2File(raw)
    if data.startswith(b"\xfd7zXZ\x00"):
        return _Xz(raw)
    return raw


class _Xz:
    """An xz stream with a memory limit, which ``lzma.LZMAFile`` does not offer."""

    def __init__(self, raw: io.BytesIO) -> None:
        self._raw = raw
        self._unpack = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, count: int, /) -> bytes:
        while not self._unpack.eof:
            more = self._raw.read(_CHUNK) if self._unpack.needs_input else b""
            if self._unpack.needs_input and not more:
                raise EOFError("the xz stream ends early")
            data = self._unpack.decompress(more, max_length=count)
            if data:
                return data
        return b""


class _Capped(io.RawIOBase):
    """Lets through no more than ``limits.unpacked`` bytes in all."""

    def __init__(self, stream: _Readable, limits: IntakeLimits, where: str) -> None:
        self._stream = stream
        self._limits = limits
        self._where = where
        self._passed = 0

    def read(self, count: int = -1, /) -> bytes:
        data = self._stream.read(_CHUNK if count < 0 else min(count, _CHUNK))
        self._passed += len(data)
        _refuse_bomb(self._passed, self._limits, self._where)
        return data
