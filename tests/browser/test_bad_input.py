"""Bad input in the browser: a message that is seen, and nothing stored."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.site import MODULES, Site
from webapp.submissions.models import Marking, Submission

pytestmark = pytest.mark.browser

MODULE = (MODULES / "correct.c").read_bytes()


def payload(name: str, data: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=data)


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def with_a_symlink() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        link = tarfile.TarInfo("ring.c")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return packed.getvalue()


def assert_nothing_stored() -> None:
    assert not Submission.objects.exists()
    assert not Marking.objects.exists()


@pytest.fixture
def student(site: Site) -> Site:
    site.log_in("student")
    return site


BAD: dict[str, tuple[Callable[[], FilePayload], str]] = {
    "not C": (lambda: payload("ring.c", b"\x7fELF\x02\x01\x01\x00\x00"), "ring.c"),
    "no C at all": (lambda: payload("notes.txt", b"hello"), "notes.txt"),
    "empty": (lambda: payload("ring.c", b""), "empty"),
    "no module_init": (lambda: payload("ring.c", b"int x;\n"), "module_init"),
    "zip bomb": (lambda: payload("bomb.zip", zipped(("ring.c", bytes(90_000_000)))), "bomb.zip"),
    "dot dot": (lambda: payload("up.zip", zipped(("../../ring.c", MODULE))), "ring.c"),
    "symlink": (lambda: payload("link.tar.gz", with_a_symlink()), "ring.c"),
    "5,000 in a zip": (
        lambda: payload("many.zip", zipped(*((f"f{n}.c", b"//") for n in range(5001)))),
        "many.zip",
    ),
    "odd name": (lambda: payload("my ring\nbuffer.c", MODULE), "name"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gets_a_clear_message(student: Site, kind: str) -> None:
    make, word = BAD[kind]
    student.hand_in(make())
    problem = student.page.get_by_role("alert").filter(has_text="Nothing was stored.")
    expect(problem).to_be_visible()
    expect(problem).to_contain_text(word)
    assert_nothing_stored()


def test_ten_megabytes_are_refused_before_they_are_sent(student: Site) -> None:
    student.open_tp1()
    student.choose(payload("ring.c", b"/" * 10_000_000))
    expect(student.page.locator("#chosen-problem")).to_contain_text("more than 5.0")
    expect(student.page.get_by_role("button", name="Hand in and mark")).to_be_disabled()
    assert_nothing_stored()


def test_ten_megabytes_sent_anyway_are_refused_by_the_server(student: Site) -> None:
    student.open_tp1()
    student.page.locator("form.upload").evaluate("form => form.dataset.maxBytes = '1e12'")
    student.choose(payload("ring.c", b"/" * 10_000_000))
    student.send()
    problem = student.page.get_by_role("alert").filter(has_text="Nothing was stored.")
    expect(problem).to_contain_text("larger than 5.0")
    assert_nothing_stored()


def test_five_thousand_files_are_refused(student: Site, tmp_path: Path) -> None:
    files: list[str | Path] = []
    for number in range(5000):
        file = tmp_path / f"f{number}.c"
        file.write_bytes(b"//\n")
        files.append(file)
    student.open_tp1()
    student.choose(files)
    expect(student.page.locator("#chosen-problem")).to_contain_text("more than 100 files")
    assert_nothing_stored()


def test_files_can_be_dropped(student: Site) -> None:
    student.open_tp1()
    transfer = student.page.evaluate_handle(
        """text => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "ring.c"));
            return transfer;
        }""",
        MODULE.decode(),
    )
    student.page.locator("#drop").dispatch_event("drop", {"dataTransfer": transfer})
    expect(student.page.locator("#chosen")).to_contain_text("ring.c")
    student.send()
    expect(student.page.get_by_role("heading", name="Attempt 1")).to_be_visible()
    assert bytes(Submission.objects.get().files.get().data) == MODULE
