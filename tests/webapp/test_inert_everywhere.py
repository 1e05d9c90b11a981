"""Hostile text in every place where a student, a compiler, a guest or an import can put it is
shown as text on every page and in every file. None of it acts, and none of it hides.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.webapp.support.everything import Everything, make_everything
from tests.webapp.support.fixtures import MODULE, School, marking_of
from tests.webapp.support.inert import UNSEEN, formulas, wrong_with
from tests.webapp.support.reports import EVIL
from tests.webapp.support.rich import rich_report
from webapp.submissions import claims

WORDS = (
    f"</title></svg></textarea><script>alert(2)</script>{EVIL}"
    "\"><img src=x onerror=alert(3)>' onfocus='alert(4)\x9b31m\u2067\u200b\u061c"
)
#: What of the words must be on a page that says them.
SHOWN = "&lt;script&gt;alert(2)"


@pytest.fixture
def everything(school: School) -> Everything:
    if connection.vendor == "postgresql":
        pytest.skip("puts words into columns that PostgreSQL would refuse: too long, with NUL")
    return make_everything(school, WORDS)


def body(response: HttpResponseBase) -> bytes:
    if response.streaming:
        return b"".join(response)  # type: ignore[attr-defined]
    return response.content  # type: ignore[attr-defined, no-any-return]


def test_the_reader_of_pages_sees_what_acts() -> None:
    for evil in (
        "<p onclick=x>", "<script>x</script>", "<script src=//e.org/x></script>", "<img src=x>",
        "<a href='javascript:x'>", "<svg><style>x</style></svg>", "<p>\x1b", "<p title='\u202e'>",
        "</div>", "<p style='x'>", "<iframe>",
    ):  # fmt: skip
        assert wrong_with(evil), evil
    own = '<p title="&lt;b&gt;">a<br>&lt;script&gt;<script src="/static/a.js"></script>'
    assert wrong_with(own) == []
    assert formulas(["=1", "+x", "-x", "@a", "\tx", " =1", "-1.5", "-", "a"]) == [
        "=1", "+x", "-x", "@a", "\tx", " =1",
    ]  # fmt: skip


def test_nothing_acts_and_nothing_hides_on_any_page(everything: Everything, client: Client) -> None:
    wrong, silent = [], []
    for place in everything.places():
        client.logout()
        if place.who:
            client.force_login(getattr(everything.school, place.who))
        response = client.get(place.address)
        assert response.status_code == place.status, place
        html = response.content.decode()
        wrong += [f"{place.who}, {place.name}: {each}" for each in wrong_with(html)]
        if place.who and SHOWN not in html:
            silent.append(place.name)  # everybody's own name is on every page
    assert not wrong, "\n".join(wrong)
    assert not silent


def test_the_live_parts_are_inert(everything: Everything, client: Client) -> None:
    client.force_login(everything.school.instructor)
    tp = ["asee", "tp1"]
    addresses = [reverse("progress", args=[each.pk]) for each in everything.attempts.values()] + [
        reverse("proof-live", args=[*tp, everything.proof.rubric.number]),
        reverse("regrade-live", args=[*tp, everything.regrade.pk]),
    ]
    wrong = []
    for address in addresses:
        response = client.get(address, headers={"hx-request": "true"})
        wrong += [f"{address}: {each}" for each in wrong_with(response.content.decode())]
    assert not wrong, "\n".join(wrong)


def test_forms_that_come_back_are_inert(everything: Everything, client: Client) -> None:
    """What was typed stands in its field again as it was typed, and elsewhere as text."""
    client.force_login(everything.school.instructor)
    rich = everything.attempts["rich"].pk
    tp = ["asee", "tp1"]
    typed = dict.fromkeys(
        ("reason", "points", "criterion", "text", "path", "line", "note", "why", "name", "title",
         "due_at", "group", "which", "rubric", "chosen", "tp", "slug", "q", "username"), WORDS
    )  # fmt: skip
    wrong = []
    for name, args in (
        ("correct", ["asee", rich]), ("annul", ["asee", rich]), ("comment", ["asee", rich]),
        ("known-module-add", tp), ("regrade-start", tp), ("rubric-store", tp),
        ("rubric-publish", [*tp, everything.proof.rubric.number]), ("tp-new", ["asee"]),
        ("course-new", []), ("tp-settings", tp), ("extension", [*tp, everything.school.student.pk]),
        ("login", []),
    ):  # fmt: skip
        response = client.post(reverse(name, args=args), typed, follow=True)
        wrong += [f"{name}: {each}" for each in wrong_with(response.content.decode())]
    for name, args in (("extensions", tp), ("audit", ["asee"]), ("gradebook", ["asee"]),
                       ("regrade-new", tp), ("attempts", tp)):  # fmt: skip
        response = client.get(reverse(name, args=args), typed)
        wrong += [f"{name}: {each}" for each in wrong_with(response.content.decode())]
    assert not wrong, "\n".join(wrong)


def test_refused_file_names_are_told_as_text(school: School, client: Client) -> None:
    """Names that intake does not take stand in its message."""
    client.force_login(school.student)
    address = reverse("hand-in", args=["asee", "tp1"])
    for name in ("<img src=x onerror=alert(1)>.c", "\u202eevil.c", "a\x1b[31m.c", "=cmd().c"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name, MODULE)
        uploads = [SimpleUploadedFile("ring.zip", packed.getvalue())]
        if name.isprintable():  # Django drops the others' odd characters
            uploads.append(SimpleUploadedFile(name, MODULE))
        for upload in uploads:
            response = client.post(address, {"files": upload})
            assert response.status_code == 422, name
            html = response.content.decode()
            assert "Nothing was stored." in html
            assert wrong_with(html) == []


def test_spreadsheets_compute_nothing(everything: Everything, client: Client) -> None:
    client.force_login(everything.school.instructor)
    export = reverse("gradebook-export", args=["asee"])
    files = {
        kind: body(client.post(export, {"kind": kind, "rows": "all"})) for kind in ("csv", "moodle")
    }
    address = reverse("regrade-csv", args=["asee", "tp1", everything.regrade.pk])
    files["regrade"] = body(client.get(address))
    for kind, content in files.items():
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        cells = [cell for line in lines for cell in line]
        assert len(lines) > 6, kind
        assert formulas(cells) == [], kind
        assert [cell for cell in cells if UNSEEN.search(cell)] == [], kind
        assert len({len(line) for line in lines}) == 1, kind
    book = load_workbook(
        io.BytesIO(body(client.post(export, {"kind": "xlsx", "rows": "all"})))
    ).worksheets[0]
    types = {cell.data_type for row in book.iter_rows() for cell in row if cell.value is not None}
    assert types <= {"s", "n"}
    texts = [str(cell.value) for row in book.iter_rows() for cell in row if cell.data_type == "s"]
    assert any("cmd()" in text for text in texts)
    assert [text for text in texts if UNSEEN.search(text)] == []


def test_a_script_to_download_runs_nothing_of_the_text(
    everything: Everything, client: Client
) -> None:
    """Its commands are the platform's; what stands beside them is comments, each in its line."""
    client.force_login(everything.school.student)
    rich = everything.attempts["rich"]
    document = marking_of(rich).stored_report.document
    checks = re.findall(r'"id": ?"([^"]+)",\s*"verdict": ?"fail",\s*"seconds"', document)
    assert checks
    for check in checks:
        address = reverse("download", args=[rich.pk, "script"])
        response = client.get(address, {"check": check})
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment")
        assert not UNSEEN.search(body(response).decode())


def test_the_administration_shows_it_as_text(everything: Everything, client: Client) -> None:
    client.force_login(everything.school.instructor)
    wrong = []
    for model, site in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages = [reverse(f"{name}_changelist")]
        some = site.get_queryset(client.get(pages[0]).wsgi_request).first()  # type: ignore[attr-defined]
        if some is not None:
            pages.append(reverse(f"{name}_change", args=[some.pk]))
        for page in pages:
            response = client.get(page)
            assert response.status_code == 200, page
            wrong += [f"{page}: {each}" for each in wrong_with(response.content.decode(), False)]
    assert not wrong, "\n".join(wrong)


def test_a_line_of_a_megabyte_is_cut(school: School, client: Client) -> None:
    """In the source, which intake takes, and where a guest writes; long texts everywhere else."""
    long = "x" * 1_000_000
    submission = school.submit(MODULE + f"//{long}\n".encode())
    claim = claims.claim(marking_of(submission).pk, submission.created_at)
    assert claim is not None
    report = rich_report(submission.seed, long[:20_000]).model_copy(
        update={"journal": json.dumps({"MESSAGE": long}), "console": long}
    )
    assert claims.finish(claim, report, submission.created_at)
    client.force_login(school.student)
    html = client.get(submission.get_absolute_url()).content.decode()
    assert wrong_with(html) == []
    assert len(html) < 2_000_000
