"""``manage.py enrol``: a class from a spreadsheet."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from webapp.accounts.models import User
from webapp.courses.models import Course, Enrolment, Role

HEADING = "username,first name,last name,email,group\n"


@pytest.fixture
def course(db: None) -> Course:
    return Course.objects.create(slug="asee", title="Operating systems")


def enrol(folder: Path, text: str | bytes, *options: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    file = folder / "class.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    out, err = StringIO(), StringIO()
    try:
        call_command("enrol", "asee", str(file), *options, stdout=out, stderr=err, no_color=True)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_class_is_enrolled_without_passwords(course: Course, tmp_path: Path) -> None:
    code, out, _ = enrol(
        tmp_path, f"{HEADING}ada,Ada,Lovelace,ada@example.org,G1\nalan,Alan,Turing,,\n"
    )
    assert code == 0
    ada = User.objects.get(username="ada")
    assert (ada.get_full_name(), ada.email) == ("Ada Lovelace", "ada@example.org")
    assert not ada.has_usable_password()
    assert not ada.check_password("")
    place = ada.enrolments.get()
    assert (place.course, place.role, place.group) == (course, Role.STUDENT, "G1")
    assert "2 new logins: ada, alan" in out
    assert "changepassword" in out


def test_known_people_keep_what_they_have(course: Course, tmp_path: Path) -> None:
    ada = User.objects.create_user("ada", "old@example.org", "secret-and-long", first_name="A.")
    _, out, _ = enrol(tmp_path, f"{HEADING}ada,Ada,Lovelace,ada@example.org,G1\n")
    ada.refresh_from_db()
    assert (ada.first_name, ada.email) == ("A.", "old@example.org")
    assert ada.check_password("secret-and-long")
    assert "0 new logins" in out
    assert "1 enrolled: ada" in out
    assert "changepassword" not in out


def test_again_it_changes_groups_alone(course: Course, tmp_path: Path) -> None:
    enrol(tmp_path, f"{HEADING}ada,Ada,L,,G1\nalan,Alan,T,,G2\n")
    _, out, _ = enrol(tmp_path, f"{HEADING}ada,Ada,L,,G2\nalan,Alan,T,,\n")
    assert "1 in another group now: ada" in out
    assert "1 enrolled already, unchanged: alan" in out
    assert dict(Enrolment.objects.values_list("user__username", "group")) == {
        "ada": "G2",
        "alan": "G2",
    }


def test_a_dry_run_stores_nothing_and_says_the_same(course: Course, tmp_path: Path) -> None:
    text = f"{HEADING}ada,Ada,Lovelace,,G1\n"
    _, dry, _ = enrol(tmp_path, text, "--dry-run")
    assert not User.objects.exists()
    _, real, _ = enrol(tmp_path, text)
    assert dry.splitlines()[0].startswith("Nothing was stored")
    assert dry.splitlines()[1:] == real.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffusername;last name\r\nada;Lovelace\r\n",  # Excel in a French Windows
        "username\tlast name\nada\tLovelace\n",
        'Last Name,USERNAME\n"Lovelace",ada\n\n,,\n'.replace(",,", ","),
        "username,last name\rada,Lovelace\r",
    ],
)
def test_what_spreadsheets_write_is_read(course: Course, tmp_path: Path, text: str) -> None:
    code, _, err = enrol(tmp_path, text)
    assert (code, err) == (0, "")
    assert User.objects.get().last_name == "Lovelace"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{HEADING}ada\nada\n", "line 3: ada is on line 2 already"),
        (f"{HEADING},Ada\n", "line 2: username: This field cannot be blank."),
        (f"{HEADING}a da\n", "line 2: username: Enter a valid username"),
        (f"{HEADING}{'a' * 151}\n", "line 2: username: Ensure this value has at most 150"),
        (f"{HEADING}ada,A,L,nonsense\n", "line 2: email: Enter a valid email address."),
        (f"{HEADING}ada,A,L,,{'G' * 41}\n", "line 2: group: Ensure this value has at most 40"),
        (f"{HEADING}ada,A,L,,G1,more\n", "line 2: more cells than there are headings"),
        ("ada,Ada,Lovelace\n", "line 1: the headings have to be username, first name"),
        ("username,username\nada,ada\n", "line 1: the headings have to be"),
        ("", "line 1: the headings have to be"),
        (HEADING, "nobody is in the list"),
        (HEADING.encode() + b"ada,Andr\xe9\n", "line 2: this is not UTF-8"),
        (b"PK\x03\x04\0\0", "this is no text file"),
        (f'{HEADING}ada,"{"x" * 140_000}\n', "line 2: field larger than field limit"),
        (f"{HEADING}teacher\n", "line 2: teacher is an instructor of this course"),
        (f"{HEADING}TEACHER\n", "line 2: TEACHER is known as teacher; write it so"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nobody_is_enrolled(
    course: Course, tmp_path: Path, text: str | bytes, told: str
) -> None:
    teacher = User.objects.create(username="teacher")
    Enrolment.objects.create(user=teacher, course=course, role=Role.INSTRUCTOR)
    if isinstance(text, str) and text.startswith(HEADING) and text != HEADING:
        text += "fine,F,Ine,,\n" if '"' not in text else ""
    code, _, err = enrol(tmp_path, text)
    assert code == 2
    assert told in err
    assert "Nothing was stored." in err
    assert User.objects.count() == 1


def test_all_that_is_wrong_is_told_at_once(course: Course, tmp_path: Path) -> None:
    _, _, err = enrol(tmp_path, f"{HEADING}a da\n\nalan,A,T,nonsense\n")
    assert "line 2: username" in err
    assert "line 4: email" in err


def test_a_course_that_is_not_there_is_told_with_those_that_are(
    course: Course, tmp_path: Path
) -> None:
    err = StringIO()
    with pytest.raises(SystemExit):
        call_command("enrol", "aseee", "nothing.csv", stderr=err, no_color=True)
    assert "there is no course aseee; there are: asee" in err.getvalue()


def test_a_file_that_is_not_there_is_told(course: Course, tmp_path: Path) -> None:
    err = StringIO()
    with pytest.raises(SystemExit):
        call_command("enrol", "asee", str(tmp_path / "none.csv"), stderr=err, no_color=True)
    assert "No such file" in err.getvalue()
