"""The known modules of a TP: added as a hand-in is, looked at, retired."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.webapp.support.fixtures import MODULE, School
from tests.webapp.support.proving import EXTRA, known, new_version
from webapp.audit.models import Action, AuditEntry
from webapp.courses.models import Assignment
from webapp.rubrics.known import shipped_modules
from webapp.rubrics.models import KnownModule
from webapp.rubrics.versions import adopt_shipped

FORM = {
    "name": "stack",
    "kind": "defective",
    "why": "Last in, first out.",
    "loses": ["tp1.order", "tp1.store"],
}


@pytest.fixture
def instructor(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


def address(school: School, name: str, *more: object) -> str:
    return reverse(name, args=[school.course.slug, school.assignment.tp, *more])


def add(
    school: School, client: Client, file: str = "ring.c", data: bytes = MODULE, **changed: object
) -> HttpResponse:
    files = SimpleUploadedFile(file, data)
    return client.post(
        address(school, "known-module-add"), {**FORM, "files": files, **changed}
    )  # fmt: skip


def test_a_module_is_added_with_its_files_and_recorded(school: School, instructor: Client) -> None:
    assert add(school, instructor).status_code == 302

    module = KnownModule.objects.get()
    assert (module.name, module.kind, module.why) == ("stack", "defective", "Last in, first out.")
    assert sorted(module.loses) == ["tp1.order", "tp1.store"]
    assert bytes(module.files.get().data) == MODULE
    assert module.author == school.instructor
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == (Action.MODULE_ADDED, school.instructor)
    assert (entry.target, entry.course) == ("tp1/stack", school.course)
    assert entry.url == address(school, "known-module", module.pk)
    page = instructor.get(address(school, "known-modules")).content.decode()
    assert "stack" in page and "First in, first out" in page


def test_an_archive_is_taken_as_a_hand_in_is(school: School, instructor: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("tp1/ring.c", MODULE)
        archive.writestr("tp1/Makefile", "all:")

    assert add(school, instructor, "tp1.zip", packed.getvalue()).status_code == 302
    assert [each.path for each in KnownModule.objects.get().files.all()] == ["ring.c"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "two words"}, "valid “slug”"),
        ({"name": ""}, "This field is required"),
        ({"kind": "other"}, "Select a valid choice"),
        ({"why": " "}, "This field is required"),
        ({"loses": ["tp9.order"]}, "Select a valid choice"),
        ({"kind": "reference"}, "A reference gets full marks"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    school: School, instructor: Client, changed: dict[str, object], said: str
) -> None:
    response = add(school, instructor, **changed)

    assert response.status_code == 422
    html = response.content.decode()
    assert said in html and "Nothing was stored." in html
    assert not KnownModule.objects.exists() and not AuditEntry.objects.exists()
    if "why" not in changed:
        assert "Last in, first out.</textarea>" in html
    if "loses" not in changed:
        chosen = re.findall(r'<input[^>]*value="(tp1[^"]+)"[^>]* checked', html)
        assert sorted(chosen) == FORM["loses"]
    if "name" not in changed:
        assert 'value="stack"' in html


def test_files_that_cannot_be_marked_are_refused_with_the_sentence_of_a_hand_in(
    school: School, instructor: Client
) -> None:
    response = add(school, instructor, "notes.pdf", b"%PDF", name="")

    assert response.status_code == 422
    html = response.content.decode()
    assert "notes.pdf" in html and "is not a C source" in html
    assert "This field is required" in html  # the form's own problems are told as well
    assert "Last in, first out.</textarea>" in html


def test_without_files_nothing_is_stored(school: School, instructor: Client) -> None:
    response = instructor.post(address(school, "known-module-add"), FORM)

    assert response.status_code == 422
    assert "No file was chosen" in response.content.decode()


def test_a_name_and_a_content_are_known_once(school: School, instructor: Client) -> None:
    add(school, instructor)

    again = add(school, instructor, data=MODULE + b"/* other */\n")
    assert again.status_code == 422
    assert "There is a known module called stack already" in again.content.decode()
    same = add(school, instructor, name="stack-2")
    assert same.status_code == 422
    assert "The same files are known as stack already." in same.content.decode()
    assert KnownModule.objects.count() == 1


def test_a_retired_module_leaves_its_name_and_stays_on_record(
    school: School, instructor: Client
) -> None:
    add(school, instructor)
    first = KnownModule.objects.get()

    instructor.post(address(school, "known-module-retire", first.pk), {"reason": "too easy"})

    first.refresh_from_db()
    assert first.retired_at is not None
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert (entry.action, entry.reason) == (Action.MODULE_RETIRED, "too easy")
    page = instructor.get(address(school, "known-modules")).content.decode()
    assert 'id="retired"' in page and "stack" in page.split('id="retired"')[1]
    assert add(school, instructor).status_code == 302


def test_retiring_twice_is_retiring_once(school: School, instructor: Client) -> None:
    module = known(school, "stack", "tp1.order")

    for _ in range(2):
        instructor.post(address(school, "known-module-retire", module.pk))

    assert AuditEntry.objects.count() == 1


def test_the_source_can_be_read_and_fetched(school: School, instructor: Client) -> None:
    module = known(school, "stack", "tp1.order")

    page = instructor.get(address(school, "known-module", module.pk)).content.decode()
    file = instructor.get(address(school, "known-file", module.pk, module.files.get().pk))

    assert "MODULE_LICENSE" in page and "Why stack." in page
    assert "/* stack */" in file.content.decode()
    assert "attachment" in file["Content-Disposition"]


def test_a_file_of_another_module_is_not_there(school: School, instructor: Client) -> None:
    one, other = known(school, "one", "tp1.order"), known(school, "other", "tp1.order")

    stolen = address(school, "known-file", one.pk, other.files.get().pk)

    assert instructor.get(stolen).status_code == 404


def test_a_module_of_another_tp_is_not_there(school: School, instructor: Client) -> None:
    given = school.assignment
    other = Assignment.objects.create(
        course=school.course, tp="tp2", title="TP2", opens_at=given.opens_at, due_at=given.due_at
    )
    module = known(school, "one", "tp1.order")

    elsewhere = reverse("known-module", args=[school.course.slug, other.tp, module.pk])

    assert instructor.get(elsewhere).status_code == 404


def test_the_shipped_modules_are_taken_over_by_a_button(school: School, instructor: Client) -> None:
    page = instructor.get(address(school, "known-modules")).content.decode()
    assert "Take over the shipped modules" in page

    done = instructor.post(address(school, "known-modules-adopt"), follow=True)

    count = len(shipped_modules("tp1"))
    assert f"{count} modules were taken over." in done.content.decode()
    assert AuditEntry.objects.filter(action=Action.MODULE_ADDED).count() == count
    again = instructor.post(address(school, "known-modules-adopt"), follow=True)
    assert "They are all here already" in again.content.decode()
    assert AuditEntry.objects.count() == count


def test_a_tp_that_ringmark_ships_nothing_for_has_no_such_button(
    school: School, instructor: Client
) -> None:
    given = school.assignment
    Assignment.objects.create(
        course=school.course, tp="tp9", title="TP9", opens_at=given.opens_at, due_at=given.due_at
    )
    args = [school.course.slug, "tp9"]

    page = instructor.get(reverse("known-modules", args=args)).content.decode()
    assert "Take over the shipped modules" not in page
    assert "This TP has no rubric yet." in page
    done = instructor.post(reverse("known-modules-adopt", args=args), follow=True)
    assert "ships no known modules" in done.content.decode()


def test_criteria_of_a_version_that_is_not_published_can_be_chosen(
    school: School, instructor: Client
) -> None:
    new_version(school, EXTRA)

    assert add(school, instructor, loses=["tp1.extra"]).status_code == 302
    assert KnownModule.objects.get().loses == ["tp1.extra"]


def test_the_attribute_of_the_interrupt_is_asked_where_there_is_one(
    school: School, instructor: Client
) -> None:
    given = school.assignment
    tp4 = Assignment.objects.create(
        course=school.course, tp="tp4", title="TP4", opens_at=given.opens_at, due_at=given.due_at
    )
    adopt_shipped(tp4, timezone.now())
    args = [school.course.slug, "tp4"]
    form = {**FORM, "loses": ["tp4.idle"]}

    def send(attribute: str) -> HttpResponse:
        files = SimpleUploadedFile("ring.c", MODULE)
        data = {**form, "files": files, "attribute": attribute}
        return instructor.post(reverse("known-module-add", args=args), data)

    assert "Attribute that raises" not in instructor.get(
        address(school, "known-modules")
    ).content.decode()  # fmt: skip
    refused = send("a/b")
    assert refused.status_code == 422
    assert "is no name of an attribute" in refused.content.decode()
    assert send("asee_irq").status_code == 302
    assert KnownModule.objects.get().attribute == "asee_irq"


def test_what_instructors_write_is_escaped(school: School, instructor: Client) -> None:
    add(school, instructor, why="<script>alert(1)</script>\u202e")

    page = instructor.get(address(school, "known-modules")).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "U+202E" in page


@pytest.mark.parametrize("count", [2, 20])
def test_the_list_asks_the_database_as_often_for_many(
    school: School,
    instructor: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    for number in range(count):
        known(school, f"module-{number}", "tp1.order")

    with django_assert_max_num_queries(9):
        instructor.get(address(school, "known-modules"))
