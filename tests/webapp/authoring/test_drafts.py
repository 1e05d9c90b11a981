"""The draft: kept with its errors, never overwritten unseen, stored when it is a rubric."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.support.fixtures import School
from webapp.audit.models import Action, AuditEntry
from webapp.authoring import drafts, fields, problems
from webapp.courses.models import Assignment, Enrolment, Role
from webapp.rubrics.models import RubricDraft, RubricVersion


def url(school: School, name: str = "rubric-edit", *more: object) -> str:
    return reverse(name, args=[school.course.slug, school.assignment.tp, *more])


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


@pytest.fixture
def text(school: School) -> str:
    return RubricVersion.objects.get(assignment=school.assignment).text


def form_values(text: str) -> dict[str, str]:
    form = fields.form_of(text)
    assert form is not None
    return form.values()


def sent(school: School, text: str, **more: str) -> dict[str, str]:
    """What a browser sends that changed the text alone; CR LF as they do."""
    opened = drafts.open_draft(school.assignment)
    return {
        "token": opened.token,
        "base": opened.text.replace("\n", "\r\n"),
        "text": text.replace("\n", "\r\n"),
    } | more


def draft_of(school: School) -> RubricDraft:
    return RubricDraft.objects.get(assignment=school.assignment)


def with_points(text: str, points: str) -> str:
    return text.replace("points: 3", f"points: {points}", 1)


def test_a_draft_is_saved_with_its_errors(teacher: Client, school: School, text: str) -> None:
    broken = text + "\n}"
    response = teacher.post(url(school), sent(school, broken), follow=True)
    assert draft_of(school).text == broken
    shown = response.content.decode()
    assert "1 problem is left in it" in shown
    assert f"Line {len(broken.split(chr(10)))}" in shown
    assert "The form is back as soon as" in shown


def test_an_untouched_form_saves_nothing(teacher: Client, school: School, text: str) -> None:
    teacher.post(url(school), sent(school, text) | form_values(text))
    assert not RubricDraft.objects.exists()


def test_form_and_yaml_are_saved_together(teacher: Client, school: School, text: str) -> None:
    """Without JavaScript both are sent as they stand."""
    in_yaml = text.replace("capacity: 16", "capacity: 32")
    posted = sent(school, in_yaml) | form_values(text)
    posted["criteria.2.points"] = "4.5"
    posted["criteria.2.title.fr"] = "Il garde tout"
    teacher.post(url(school), posted)
    expected = in_yaml.replace("points: 3", "points: 4.5", 1).replace(
        "Il garde ce qu'on écrit", "Il garde tout", 1
    )
    assert draft_of(school).text == expected


def test_a_wrong_value_is_told_at_its_field(teacher: Client, school: School, text: str) -> None:
    posted = sent(school, text) | form_values(text) | {"criteria.2.points": "many"}
    shown = teacher.post(url(school), posted, follow=True).content.decode()
    assert "points: many" in draft_of(school).text
    field = shown[shown.index('id="f-criteria-2-points"') :][:600]
    assert 'value="many"' in field and 'aria-invalid="true"' in field
    assert "valid number" in field


def test_what_cannot_be_put_into_the_text_is_given_back(
    teacher: Client, school: School, text: str
) -> None:
    posted = sent(school, text + "\n}") | form_values(text) | {"criteria.2.points": "12.75"}
    response = teacher.post(url(school), posted)
    shown = response.content.decode()
    assert response.status_code == 422
    assert "Nothing was saved" in shown and "“12.75”" in shown and "cannot be read" in shown
    assert not RubricDraft.objects.exists()


def test_two_people_do_not_overwrite_each_other(school: School, client: Client, text: str) -> None:
    colleague = school.fellow
    Enrolment.objects.filter(user=colleague).update(role=Role.INSTRUCTOR)
    mine = sent(school, with_points(text, "5"))
    theirs = sent(school, with_points(text, "7"))
    client.force_login(colleague)
    assert client.post(url(school), theirs).status_code == 302
    client.force_login(school.instructor)
    response = client.post(url(school), mine)

    shown = response.content.decode()
    assert response.status_code == 409
    assert "It was Fellow" in shown
    assert "<del>    points: 7</del>" in shown and "<ins>    points: 5</ins>" in shown
    assert "points: 5" in shown[shown.index('id="text"') :]
    assert draft_of(school).text == with_points(text, "7")

    again = mine | {"token": drafts.open_draft(school.assignment).token}
    assert client.post(url(school), again).status_code == 302
    assert draft_of(school).text == with_points(text, "5")
    assert draft_of(school).author == school.instructor


def test_a_draft_that_was_stored_or_thrown_away_meanwhile_is_a_conflict(
    teacher: Client, school: School, text: str
) -> None:
    teacher.post(url(school), sent(school, with_points(text, "5")))
    old = sent(school, with_points(text, "6"))
    teacher.post(url(school, "rubric-discard"), {"token": old["token"]})
    teacher.post(url(school), sent(school, with_points(text, "8")))
    assert teacher.post(url(school), old).status_code == 409
    store = url(school, "rubric-store")
    now = sent(school, with_points(text, "8"), note="eight")
    assert teacher.post(store, now).status_code == 302
    assert teacher.post(url(school), now | {"text": text}).status_code == 409


def test_a_draft_is_thrown_away_only_as_it_was_seen(
    teacher: Client, school: School, text: str
) -> None:
    teacher.post(url(school), sent(school, with_points(text, "5")))
    seen = drafts.open_draft(school.assignment).token
    teacher.post(url(school), sent(school, with_points(text, "6")))
    teacher.post(url(school, "rubric-discard"), {"token": seen})
    assert RubricDraft.objects.exists()
    teacher.post(
        url(school, "rubric-discard"), {"token": drafts.open_draft(school.assignment).token}
    )
    assert not RubricDraft.objects.exists()


def test_storing_makes_the_next_version_and_is_recorded(
    teacher: Client, school: School, text: str
) -> None:
    posted = sent(school, with_points(text, "5"), note="store counts more")
    response = teacher.post(url(school, "rubric-store"), posted)
    version = RubricVersion.objects.get(assignment=school.assignment, number=2)
    assert response["Location"] == version.get_absolute_url()
    assert version.note == "store counts more" and version.author == school.instructor
    assert not version.is_current and version.parsed.version == 2
    assert not RubricDraft.objects.exists()
    entry = AuditEntry.objects.get(action=Action.RUBRIC_STORED)
    assert entry.reason == "store counts more" and entry.course == school.course
    assert entry.detail == {"number": 2, "based_on": 1, "sha256": version.sha256}
    shown = teacher.get(version.get_absolute_url()).content.decode()
    assert "tp1.store: 3 points became 5." in shown
    assert "from 20 to 22 points" in shown


@pytest.mark.parametrize(
    ("points", "note", "message"),
    [
        ("5", "", "Say what changed"),
        ("5", "x" * 301, "at most 300"),
        ("many", "a note", "mend its problems"),
        ("3", "a note", "Nothing was changed"),
    ],
)
def test_what_cannot_be_stored_is_shown_again(
    teacher: Client, school: School, text: str, points: str, note: str, message: str
) -> None:
    posted = sent(school, with_points(text, points), note=note)
    response = teacher.post(url(school, "rubric-store"), posted)
    shown = response.content.decode()
    assert response.status_code == 422 and message in shown
    assert f"points: {points}" in shown and note in shown
    assert RubricVersion.objects.filter(assignment=school.assignment).count() == 1
    assert not AuditEntry.objects.exists()


def test_a_rubric_of_another_tp_is_named(teacher: Client, school: School, text: str) -> None:
    other = text.replace("tp: tp1", "tp: tp7").replace("id: tp1.", "id: tp7.")
    answer = checked(teacher, school, other)
    line = other.split("\n").index("tp: tp7") + 1
    assert answer["notes"] == [
        {"line": line, "message": "this rubric is of tp7, the TP here is tp1"}
    ]


def checked(client: Client, school: School, text: str, **more: object) -> dict[str, object]:
    posted = {"text": text, "base": text, "ids": "", **more}
    response = client.post(url(school, "rubric-validate"), posted)
    assert response.status_code == 200
    found: dict[str, object] = json.loads(response.content)
    return found


def test_checking_names_lines_and_stores_nothing(
    teacher: Client, school: School, text: str
) -> None:
    wrong = with_points(text, "many")
    answer = checked(teacher, school, wrong)
    line = wrong.split("\n").index("    points: many") + 1
    assert [note["line"] for note in answer["notes"]] == [line]  # type: ignore[attr-defined]
    assert list(answer["errors"]) == ["criteria.2.points"]  # type: ignore[call-overload]
    assert not RubricDraft.objects.exists()


def test_checking_puts_the_forms_values_into_the_text(
    teacher: Client, school: School, text: str
) -> None:
    answer = checked(
        teacher, school, text, field=["criteria.2.points", "settings.device"], value=["4", "ring"]
    )
    assert answer["text"] == with_points(text, "4").replace("device: asee_mod", "device: ring", 1)
    assert answer["values"]["criteria.2.points"] == "4"  # type: ignore[index]


@pytest.mark.parametrize("name", ["rubric-edit", "rubric-store", "rubric-validate"])
def test_a_text_that_is_too_long_is_not_read(
    teacher: Client, school: School, text: str, name: str
) -> None:
    long = "#" * (problems.MOST_CHARACTERS + 1)
    response = teacher.post(url(school, name), sent(school, long, note="long"))
    assert "at most 100000 are taken" in response.content.decode()
    assert response.status_code == (200 if name == "rubric-validate" else 422)
    assert not RubricDraft.objects.exists()


def test_a_yaml_bomb_is_a_problem_like_others(teacher: Client, school: School, text: str) -> None:
    bomb = "\n".join(
        ["x0: &x0 [a]"] + [f"x{n}: &x{n} [{','.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 9)]
    )
    answer = checked(teacher, school, bomb)
    assert "too many" in answer["notes"][0]["message"]  # type: ignore[index]
    assert teacher.post(url(school), sent(school, bomb)).status_code == 302
    assert teacher.get(url(school)).status_code == 200


def test_only_the_first_of_many_problems_are_listed(
    teacher: Client, school: School, text: str
) -> None:
    answer = checked(teacher, school, text + "".join(f"\nextra{n}: 1" for n in range(200)))
    assert len(answer["notes"]) == problems.MOST_PROBLEMS  # type: ignore[arg-type]
    assert "and 150 more" in str(answer["problems"])


def test_a_nul_character_is_refused_in_words(teacher: Client, school: School, text: str) -> None:
    response = teacher.post(url(school), sent(school, text + "\0"))
    assert response.status_code == 422 and "NUL" in response.content.decode()


def test_markup_in_a_draft_is_text(teacher: Client, school: School, text: str) -> None:
    evil = text.replace("It compiles", "</textarea><script>alert(1)</script>", 1)
    teacher.post(url(school), sent(school, evil))
    for name in ("rubric-edit", "rubric-preview"):
        assert b"<script>alert" not in teacher.get(url(school, name)).content


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Il garde ce qu&#x27;on écrit"), ("en", "It stores what is written")],
)
def test_the_preview_is_in_the_chosen_language(
    teacher: Client, school: School, text: str, language: str, words: str
) -> None:
    teacher.post(url(school), sent(school, with_points(text, "4.5")))
    shown = teacher.get(url(school, "rubric-preview"), {"language": language}).content.decode()
    assert words in shown and "4.5" in shown and f'lang="{language}"' in shown


def test_the_preview_of_a_broken_draft_says_what_is_wrong(
    teacher: Client, school: School, text: str
) -> None:
    response = teacher.post(url(school), sent(school, text + "\n}", then="preview"), follow=True)
    assert "cannot be shown" in response.content.decode()


def test_a_tp_without_a_rubric_begins_one(teacher: Client, school: School) -> None:
    bare = Assignment.objects.create(
        course=school.course, tp="chan1", title="Chan", opens_at=school.assignment.opens_at,
        due_at=school.assignment.due_at,
    )  # fmt: skip
    args = [school.course.slug, "chan1"]
    assert teacher.get(reverse("rubric-edit", args=args))["Location"] == reverse(
        "rubric", args=args
    )
    assert "Begin this TP" in teacher.get(reverse("rubric", args=args)).content.decode()
    begin = {"start_from": "shipped:tp1", "device": "chan_mod"}
    assert teacher.post(reverse("rubric-begin", args=args), begin).status_code == 302
    version = RubricVersion.objects.get(assignment=bare)
    assert version.number == 1 and version.parsed.settings.device == "chan_mod"
    assert teacher.post(reverse("rubric-begin", args=args), begin).status_code == 422


def test_students_are_told_that_nothing_is_published(school: School, client: Client) -> None:
    RubricVersion.objects.update(is_current=False)
    page = school.assignment.get_absolute_url()
    client.force_login(school.student)
    shown = client.get(page).content.decode()
    assert "your instructor has not published" in shown and "Choose your files" not in shown
    client.force_login(school.instructor)
    assert "this TP takes nothing yet" in client.get(page).content.decode()


def test_the_editors_queries_are_few(
    teacher: Client, school: School, django_assert_max_num_queries: object
) -> None:
    for number in range(2, 12):
        RubricVersion.objects.create(
            assignment=school.assignment, number=number, text="x", created_at=timezone.now()
        )
    for name in ("rubric", "rubric-edit", "rubric-diff"):
        with django_assert_max_num_queries(11):  # type: ignore[operator]
            assert teacher.get(url(school, name)).status_code == 200
