"""Enrolling a class from a CSV file, as a spreadsheet writes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction

from grader.errors import RingmarkError
from webapp.accounts.models import User
from webapp.courses.models import Course, Enrolment, Role

#: Heading -> column of the user or the enrolment. Headings may be in any order and case.
COLUMNS = {
    "username": "username",
    "first name": "first_name",
    "last name": "last_name",
    "email": "email",
    "group": "group",
}


class UnusableList(RingmarkError):
    """The file cannot be used; ``problems`` says where and why, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Person:
    line: int
    username: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    group: str = ""


@dataclass(frozen=True)
class Enrolled:
    """Usernames by what was done."""

    made: tuple[str, ...]
    enrolled: tuple[str, ...]
    moved: tuple[str, ...]
    unchanged: tuple[str, ...]


def read_people(data: bytes) -> list[Person]:
    """Comma, semicolon or tab; UTF-8 with or without a byte order mark; a heading first.

    Raises:
        UnusableList: with every problem and its line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnusableList(
            [f"line {line}: this is not UTF-8; save the file as CSV UTF-8"]
        ) from None
    if "\0" in text:
        raise UnusableList(["this is no text file; save the table as CSV UTF-8"])
    table = _table(text.replace("\r\n", "\n").replace("\r", "\n"))
    names = [name.strip().lower() for name in table[0][1]] if table else []
    _check_headings(names)
    people = []
    problems: list[str] = []
    for line, cells in table[1:]:
        if len(cells) > len(names):
            problems.append(f"line {line}: more cells than there are headings")
        elif any(cell.strip() for cell in cells):
            values = {COLUMNS[name]: cell.strip() for name, cell in zip(names, cells, strict=False)}
            people.append(Person(line=line, **{"username": "", **values}))
    problems += _problems(people)
    if problems:
        raise UnusableList(problems)
    if not people:
        raise UnusableList(["nobody is in the list"])
    return people


def _table(text: str) -> list[tuple[int, list[str]]]:
    """Rows with the number of their last line."""
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    try:
        return [(rows.line_num, cells) for cells in rows]
    except csv.Error as error:
        raise UnusableList([f"line {rows.line_num}: {error}"]) from None


def enrol(course: Course, people: Iterable[Person], dry_run: bool = False) -> Enrolled:
    """Make who is not there yet, without a password, and enrol everybody as a student; all or
    nobody. Known users keep their names and addresses, instructors of the course are refused.

    Raises:
        UnusableList: with every problem and its line; nothing is stored.
    """
    people = list(people)
    with transaction.atomic():
        known = _known(people)
        places = {each.user.username: each for each in _places(course)}
        problems = _conflicts(people, known, places)
        if problems:
            raise UnusableList(problems)
        new = [each for each in people if each.username not in known]
        moved = [
            each
            for each in people
            if each.username in places and each.group not in {"", places[each.username].group}
        ]
        joining = [each for each in people if each.username not in places]
        if not dry_run:
            _store(course, new, joining, moved)
    done = {each.username for each in (*joining, *moved)}
    return Enrolled(
        made=tuple(each.username for each in new),
        enrolled=tuple(each.username for each in joining),
        moved=tuple(each.username for each in moved),
        unchanged=tuple(each.username for each in people if each.username not in done),
    )


def _store(course: Course, new: list[Person], joining: list[Person], moved: list[Person]) -> None:
    User.objects.bulk_create(
        User(
            username=each.username,
            first_name=each.first_name,
            last_name=each.last_name,
            email=each.email,
            password=make_password(None),
        )
        for each in new
    )
    users = _known(joining)
    Enrolment.objects.bulk_create(
        Enrolment(user=users[each.username], course=course, role=Role.STUDENT, group=each.group)
        for each in joining
    )
    for each in moved:
        Enrolment.objects.filter(course=course, user__username=each.username).update(
            group=each.group
        )


def _known(people: Iterable[Person]) -> dict[str, User]:
    names = [each.username for each in people]
    return {user.username: user for user in User.objects.filter(username__in=names)}


def _places(course: Course) -> Iterable[Enrolment]:
    return Enrolment.objects.filter(course=course).select_related("user")


def _check_headings(names: list[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or "username" not in names or len(set(names)) < len(names):
        wanted = ", ".join(COLUMNS)
        raise UnusableList(
            [
                f"line 1: the headings have to be {wanted}; each once, in any order, and only "
                f"username has to be there. Found: {', '.join(names) or 'nothing'}"
            ]
        )


def _problems(people: Iterable[Person]) -> list[str]:
    """What is wrong with each line by itself, and usernames that come twice."""
    problems = []
    seen: dict[str, int] = {}
    for each in people:
        if each.username and each.username in seen:
            problems.append(
                f"line {each.line}: {each.username} is on line {seen[each.username]} already"
            )
        seen.setdefault(each.username, each.line)
        user = User(
            username=each.username,
            first_name=each.first_name,
            last_name=each.last_name,
            email=each.email,
            password="-",  # noqa: S106  (the field must not be empty; it is not stored)
        )
        place = Enrolment(group=each.group)
        for checked, fields in ((user, {"username", "first_name", "last_name", "email"}),
                                (place, {"group"})):  # fmt: skip
            excluded = {field.name for field in checked._meta.fields} - fields
            try:
                checked.clean_fields(exclude=excluded)
            except ValidationError as error:
                problems += [
                    f"line {each.line}: {field.replace('_', ' ')}: {' '.join(messages)}"
                    for field, messages in error.message_dict.items()
                ]
    return problems


def _conflicts(
    people: list[Person], known: dict[str, User], places: dict[str, Enrolment]
) -> list[str]:
    """With what is stored: instructors, and usernames that differ in capitals alone."""
    problems = []
    by_lower = {name.lower(): name for name in User.objects.values_list("username", flat=True)}
    for each in people:
        place = places.get(each.username)
        if place is not None and place.role != Role.STUDENT:
            problems.append(f"line {each.line}: {each.username} is an instructor of this course")
        other = by_lower.get(each.username.lower())
        if each.username not in known and other is not None:
            problems.append(f"line {each.line}: {each.username} is known as {other}; write it so")
    return problems
