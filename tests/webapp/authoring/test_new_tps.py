"""New courses and TPs without code, and a TP's settings."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader.rubric import parse_rubric, shipped_rubrics
from grader.rubric.load import SHIPPED
from tests.webapp.support.fixtures import School
from webapp.audit.models import Action, AuditEntry
from webapp.authoring import copies
from webapp.authoring.copies import Names
from webapp.courses.models import Assignment, Course, Enrolment, Role
from webapp.rubrics.models import RubricVersion
from webapp.submissions.models import Mark

NEW = Names("chan_mod", "chan", "chan_size", "chan_count", "chan_irq")


def shipped(tp: str) -> str:
    return (SHIPPED / tp / "rubric.yaml").read_text(encoding="utf-8")


def names_for(tp: str) -> Names:
    settings = parse_rubric(shipped(tp)).settings
    return Names(
        NEW.device,
        *((NEW.folder, NEW.size, NEW.count) if settings.attributes else ()),
        attribute=NEW.attribute if settings.interrupt else "",
    )


@pytest.mark.parametrize("tp", shipped_rubrics())
def test_a_copy_has_its_own_names_everywhere(tp: str) -> None:
    names = names_for(tp)
    copy = copies.renamed(shipped(tp), "chan1", names, {"en": "A channel", "fr": "Un canal"})
    rubric, old = parse_rubric(copy), parse_rubric(shipped(tp))
    assert (rubric.tp, rubric.id, rubric.version) == ("chan1", "chan1", 1)
    assert (rubric.title.en, rubric.title.fr) == ("A channel", "Un canal")
    assert copies.names_in(rubric) == names
    assert not re.search(r"asee_(mod|buf_size|buf_count)\b", copy)
    assert f"{tp}." not in "".join(re.findall(r"#.*| id: \w+\.", copy))
    assert [c.id for c in rubric.criteria] == [
        c.id.replace(f"{tp}.", "chan1.") for c in old.criteria
    ]
    assert [(c.points, c.checks) for c in rubric.criteria] == [
        (c.points, c.checks) for c in old.criteria
    ]


def test_the_folder_is_told_from_the_device_of_the_same_name() -> None:
    rubric = parse_rubric(copies.renamed(shipped("tp2"), "chan2", names_for("tp2")))
    sysfs = next(c for c in rubric.criteria if c.id == "chan2.sysfs")
    load = next(c for c in rubric.criteria if c.id == "chan2.load")
    assert "chan_size and chan_count exist in /sys/kernel/chan/" in sysfs.description.en
    assert 'kobject_create_and_add("chan", kernel_kobj)' in sysfs.hint.fr
    assert "/dev/chan_mod" in load.description.fr and "chan_mod" in load.hint.en


def test_names_are_replaced_as_whole_words_and_can_be_swapped() -> None:
    text = shipped("tp2").replace("It compiles", "asee_mod2 my_asee_mod asee_mod.ko asee_buf_size")
    names = Names("asee_mod", "asee_mod", "asee_buf_count", "asee_buf_size")
    rubric = parse_rubric(copies.renamed(text, "tp2", names))
    assert rubric.criteria[0].title.en == "asee_mod2 my_asee_mod asee_mod.ko asee_buf_count"
    assert rubric.settings.attributes is not None
    assert rubric.settings.attributes.size == "asee_buf_count"
    sysfs = next(c for c in rubric.criteria if c.id == "tp2.sysfs")
    assert sysfs.description.en.startswith("asee_buf_count and asee_buf_size exist")


def test_without_names_a_copy_differs_in_its_ids_alone() -> None:
    copy = copies.renamed(shipped("tp3"), "next3", Names())
    back = copies.renamed(copy, "tp3", Names())
    assert back == shipped("tp3")
    assert copy != back


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


def moment(days: float) -> str:
    at = timezone.localtime(timezone.now() + dt.timedelta(days=days))
    return at.strftime("%Y-%m-%dT%H:%M")


def new_tp(**more: str) -> dict[str, str]:
    return {
        "tp": "chan1", "title": "A channel", "title_fr": "Un canal", "opens_at": moment(1),
        "due_at": moment(9), "counts": "last", "late_days": "2", "late_points_per_day": "1.5",
        "start_from": "shipped:tp2", "device": "chan_mod", "folder": "chan", "size": "chan_size",
        "count": "chan_count",
    } | more  # fmt: skip


def test_a_tp_is_made_with_a_rubric_that_is_not_in_use(teacher: Client, school: School) -> None:
    page = reverse("tp-new", args=[school.course.slug])
    response = teacher.post(page, new_tp())
    assert response["Location"] == reverse("rubric", args=[school.course.slug, "chan1"])
    made = Assignment.objects.get(tp="chan1")
    assert (made.course, made.title, made.counts) == (school.course, "A channel", "last")
    assert (made.late_days, made.late_points_per_day) == (2, 1.5)
    version = RubricVersion.objects.get(assignment=made)
    assert (version.number, version.is_current, version.author) == (1, False, school.instructor)
    assert version.parsed.settings.device == "chan_mod"
    assert version.parsed.title.fr == "Un canal"
    assert version.note == "begun from tp2, as shipped with Ringmark"
    entries = AuditEntry.objects.filter(course=school.course, actor=school.instructor)
    assert {entry.action for entry in entries} == {Action.TP_MADE, Action.RUBRIC_STORED}
    assert teacher.get(made.get_absolute_url()).status_code == 200
    assert teacher.get(response["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tp": "tp1"}, "has a TP of this name already"),
        ({"tp": "Chan_1"}, "small letters, digits and hyphens only"),
        ({"due_at": moment(0)}, "due after it opens"),
        ({"device": "a/b"}, "Letters, digits"),
        ({"start_from": "shipped:tp9"}, "valid choice"),
        ({"start_from": "version:999999"}, "valid choice"),
        ({"start_from": "shipped:tp1"}, "has no attributes in sysfs"),
        ({"attribute": "chan_irq"}, "has no interrupt"),
        ({"late_points_per_day": "-1"}, "greater than or equal to 0"),
        ({"late_days": "9999"}, "less than or equal to 366"),
    ],
)
def test_a_tp_that_cannot_be_made_says_why_and_loses_nothing(
    teacher: Client, school: School, wrong: dict[str, str], message: str
) -> None:
    page = reverse("tp-new", args=[school.course.slug])
    response = teacher.post(page, new_tp(**wrong))
    shown = response.content.decode()
    assert response.status_code == 422
    assert message in shown and "Un canal" in shown
    assert Assignment.objects.filter(course=school.course).count() == 1
    assert not AuditEntry.objects.exists()


def test_only_rubrics_of_ones_own_courses_can_be_copied(school: School, client: Client) -> None:
    version = RubricVersion.objects.get(assignment=school.assignment)
    own = [source.key for source in copies.sources(school.instructor)]
    assert own == [*(f"shipped:{tp}" for tp in shipped_rubrics()), f"version:{version.pk}"]
    client.force_login(school.stranger)
    stolen = new_tp(start_from=f"version:{version.pk}", folder="", size="", count="")
    assert client.post(reverse("tp-new", args=["elsewhere"]), stolen).status_code == 422
    assert copies.text_of(f"version:{version.pk}", school.stranger) is None
    Enrolment.objects.create(user=school.stranger, course=school.course, role=Role.INSTRUCTOR)
    assert client.post(reverse("tp-new", args=["elsewhere"]), stolen).status_code == 302
    assert Assignment.objects.get(tp="chan1").course.slug == "elsewhere"


def test_staff_make_a_course_and_teach_it(teacher: Client, school: School) -> None:
    page = reverse("course-new")
    assert teacher.get(page).status_code == 404
    assert teacher.post(page, {"slug": "os", "title": "OS"}).status_code == 404
    school.instructor.is_staff = True
    school.instructor.save()
    assert teacher.get(page).status_code == 200
    for wrong in ({"slug": "asee"}, {"slug": "new-course"}, {"slug": "o s"}, {"title": ""}):
        response = teacher.post(page, {"slug": "os", "title": "OS 2027"} | wrong)
        assert response.status_code == 422
    assert teacher.post(page, {"slug": "OS-2027", "title": "OS 2027"}).status_code == 302
    course = Course.objects.get(slug="os-2027")
    assert Enrolment.objects.get(course=course).user == school.instructor
    assert Enrolment.objects.get(course=course).role == Role.INSTRUCTOR
    assert AuditEntry.objects.get(action=Action.COURSE_MADE).course == course
    assert teacher.get(reverse("tp-new", args=["os-2027"])).status_code == 200


def settings_of(school: School, **more: str) -> dict[str, str]:
    given = Assignment.objects.get(pk=school.assignment.pk)
    return {
        "title": given.title, "counts": given.counts, "late_days": "0", "late_points_per_day": "0",
        "opens_at": timezone.localtime(given.opens_at).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "due_at": timezone.localtime(given.due_at).strftime("%Y-%m-%dT%H:%M:%S.%f"),
    } | more  # fmt: skip


def test_changed_dates_change_marks_and_are_recorded(teacher: Client, school: School) -> None:
    submission = school.graded()
    assert Mark.objects.get(submission=submission).score == 20
    before = school.assignment.due_at
    page = reverse("tp-settings", args=[school.course.slug, "tp1"])
    late = settings_of(school, due_at=moment(-0.5), late_days="3", late_points_per_day="2.5")
    assert teacher.post(page, late).status_code == 302
    mark = Mark.objects.get(submission=submission)
    assert (mark.late_days, mark.late_points, mark.score) == (1, 2.5, 17.5)
    entry = AuditEntry.objects.get(action=Action.TP_CHANGED)
    assert set(entry.detail["old"]) == {"due_at", "late_days", "late_points_per_day"}
    assert entry.detail["old"]["due_at"] == before.astimezone(dt.UTC).isoformat()
    assert entry.detail["new"]["late_points_per_day"] == 2.5
    assert teacher.post(page, late).status_code == 302
    assert AuditEntry.objects.count() == 1


def test_wrong_settings_are_shown_again(teacher: Client, school: School) -> None:
    page = reverse("tp-settings", args=[school.course.slug, "tp1"])
    for wrong, message in (
        ({"due_at": moment(-5)}, "due after it opens"),
        ({"late_points_per_day": "1000"}, "less than or equal to 100"),
        ({"late_points_per_day": "nan"}, "Enter a number"),
        ({"title": ""}, "required"),
    ):
        response = teacher.post(page, settings_of(school, **wrong))
        assert response.status_code == 422 and message in response.content.decode()
    assert not AuditEntry.objects.exists()
