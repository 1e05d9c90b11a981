"""TP4: the attribute that raises the interrupt, as a student may name it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from grader.rubric import load_rubric
from tests.webapp.support.fixtures import MODULE, School, add_tp
from webapp.courses.models import Assignment
from webapp.submissions.models import Submission


@pytest.fixture
def tp4(school: School) -> Assignment:
    return add_tp(school, "tp4")


def send(school: School, tp: str, attribute: str) -> HttpResponse:
    client = Client()
    client.force_login(school.student)
    upload = SimpleUploadedFile("ring.c", MODULE)
    response: HttpResponse = client.post(  # type: ignore[assignment]
        reverse("hand-in", args=["asee", tp]), {"files": [upload], "attribute": attribute}
    )
    return response


def test_its_name_is_stored_with_the_submission(school: School, tp4: Assignment) -> None:
    assert send(school, "tp4", " asee_irq ").status_code == 302
    assert Submission.objects.get().attribute == "asee_irq"


def test_no_name_is_fine(school: School, tp4: Assignment) -> None:
    assert send(school, "tp4", "").status_code == 302
    assert Submission.objects.get().attribute == ""


def test_what_no_attribute_can_be_called_is_refused(school: School, tp4: Assignment) -> None:
    response = send(school, "tp4", "../../etc/<b>")
    assert response.status_code == 422
    assert "is no name of an attribute" in response.content.decode()
    assert "<b>" not in response.content.decode()
    assert not Submission.objects.exists()


def test_only_a_tp_with_an_interrupt_asks_for_it(school: School, tp4: Assignment) -> None:
    client = Client()
    client.force_login(school.student)
    for tp, asked in (("tp4", True), ("tp1", False)):
        page = client.get(reverse("assignment", args=["asee", tp])).content.decode()
        assert ('name="attribute"' in page) is asked


def test_another_name_for_the_same_files_is_another_attempt(
    school: School, tp4: Assignment
) -> None:
    for name in ("first", "first", "second"):
        assert send(school, "tp4", name).status_code == 302
    assert sorted(each.attribute for each in Submission.objects.all()) == ["first", "second"]


def test_the_rubric_that_marks_names_it() -> None:
    named = load_rubric("tp4").with_attribute("asee_irq").settings.interrupt
    assert named is not None
    assert named.attribute == "asee_irq"
    assert load_rubric("tp1").with_attribute("asee_irq").settings.interrupt is None
