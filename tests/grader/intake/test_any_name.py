"""Whatever a member is called: a plain relative name, or a refusal. Nothing else."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile

from hypothesis import example, given
from hypothesis import strategies as st

from grader.errors import UnusableInput
from grader.intake import Upload, read_upload
from tests.grader.intake.packing import MODULE

PLAIN = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*\.[ch]", re.ASCII)

pieces = st.sampled_from(
    ["..", ".", "", "/", "\\", "C:", "-x", "a b", "é", "\n", "$(x)", "__MACOSX", ".git", "a", "tp1"]
)
names = st.one_of(
    st.text(min_size=1, max_size=40),
    st.lists(pieces, min_size=1, max_size=5).map("/".join),
    st.lists(pieces, min_size=1, max_size=5).map(lambda parts: "/".join(parts) + ".c"),
).filter(lambda name: 0 < len(name.encode("utf-8", "surrogatepass")) < 1000)


def accepted(upload: Upload) -> list[str]:
    try:
        tree = read_upload([upload])
    except UnusableInput as refused:
        assert str(refused).isascii() and str(refused).isprintable()
        return []
    assert all(shown.isascii() and shown.isprintable() for shown in tree.ignored)
    return [file.path for file in tree.files]


def check(paths: list[str]) -> None:
    for path in paths:
        assert PLAIN.fullmatch(path)
        assert ".." not in path.split("/")
        assert len(path) <= 200


@given(names)
@example("../x.c")
@example("x.c\n")
def test_any_name_in_a_zip(name: str) -> None:
    raw = io.BytesIO()
    try:
        with zipfile.ZipFile(raw, "w") as archive:
            info = zipfile.ZipInfo("placeholder")
            info.filename = name
            archive.writestr("tp1/asee_mod.c", MODULE)
            archive.writestr(info, b"int x;\n")
    except UnicodeEncodeError:
        return
    check(accepted(Upload("tp1.zip", raw.getvalue())))


@given(names)
def test_any_name_in_a_tar(name: str) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", errors="surrogatepass") as archive:
        for each, data in (("tp1/asee_mod.c", MODULE), (name, b"int x;\n")):
            info = tarfile.TarInfo(each)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    check(accepted(Upload("tp1.tar", raw.getvalue())))


@given(names)
def test_any_name_of_a_file(name: str) -> None:
    check(accepted(Upload(name, MODULE)))


@given(st.binary(max_size=600), st.sampled_from(["a.zip", "a.tar", "a.tgz", "a.txz", "a.tbz"]))
def test_any_bytes_as_an_archive(data: bytes, name: str) -> None:
    check(accepted(Upload(name, data)))


@given(st.data())
def test_an_archive_with_bytes_turned_over(data: st.DataObject) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tp1/asee_mod.c", MODULE)
    broken = bytearray(raw.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    check(accepted(Upload("tp1.zip", bytes(broken))))
