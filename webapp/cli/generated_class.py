"""A large class with plausible marks, to look at and to measure with. Nothing is marked: verdicts
are drawn, everything that follows from them is as ``submissions.marks`` would write it down.

The same seed draws the same class.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from grader.errors import RingmarkError
from grader.rubric import Rubric, load_rubric, shipped_rubrics
from webapp.accounts.models import User
from webapp.cli.generated_extras import add_audit, add_regrade, add_reports
from webapp.cli.generated_rows import Given, Rows, attempts_of
from webapp.courses.models import Assignment, Counts, Course, Enrolment, Extension, Role
from webapp.rubrics.versions import adopt_shipped

FIRST = "Ada Björn Chloé Dalia Émile Farid Grace Hugo Inès Jonas Kofi Léa Mina Noé Olga Paul Rosa"
LAST = "Abel Benali Costa Durand Eriksen Fournier Garcia Haddad Ivanov Janssen Klein Lopez Martin"
GROUP_SIZE = 25
#: Students whose rows are written at a time.
CHUNK = 50


class AlreadyThere(RingmarkError):
    """A generated class is never mixed with another."""


@dataclass(frozen=True)
class Made:
    """What pages need for their addresses."""

    course: Course
    instructor: User
    student: User
    submissions: int


@transaction.atomic
def generate(
    students: int, submissions: int, now: dt.datetime, *, slug: str, seed: int, password: str = ""
) -> Made:
    """``submissions`` is each student's, over all TPs. Without a password nobody can log in.

    Raises:
        AlreadyThere: the course exists.
    """
    if Course.objects.filter(slug=slug).exists():
        raise AlreadyThere(f"there is a course {slug} already; choose another name with --course")
    rng = random.Random(seed)  # noqa: S311  (marks are drawn, not secrets)
    course = Course.objects.create(slug=slug, title=f"Generated class of {students}")
    hashed = make_password(password or None)
    instructor = _people(course, ["instructor"], Role.INSTRUCTOR, hashed, rng)[0]
    names = [f"student{number:04}" for number in range(1, students + 1)]
    class_ = _people(course, names, Role.STUDENT, hashed, rng)
    given = [_assignment(course, tp, n, now) for n, tp in enumerate(shipped_rubrics())]
    extensions = _extensions(class_, given, instructor, now, rng)
    written = 0
    for few in _chunks(class_):
        rows = Rows(instructor)
        for student in few:
            # Some do all TPs, some leave one out. The first has an attempt of each, corrected by
            # hand: a page shows the same kinds of things for a class of any size.
            is_first = student == class_[0]
            weights = [rng.choice((0, 2, 3, 4, 5)) + 0.01 for _ in given]
            chosen = given[:submissions] if is_first else []
            chosen += rng.choices(given, weights, k=submissions - len(chosen))
            skill = rng.uniform(0.45, 0.98)
            for tp in given:
                due_at = extensions.get((student.pk, tp.assignment.pk), tp.assignment.due_at)
                count = chosen.count(tp)
                attempts = attempts_of(tp, count, due_at, now, skill, rng, by_hand=is_first)
                rows.add(student, tp, list(attempts))
        written += rows.store()
    add_reports(given)
    add_regrade(given[0], instructor, now, rng)
    add_audit(course, instructor, students, now)
    return Made(course, instructor, class_[0], written)


def _people(
    course: Course, names: list[str], role: Role, password: str, rng: random.Random
) -> list[User]:
    first, last = FIRST.split(), LAST.split()
    people = User.objects.bulk_create(
        User(
            username=f"{course.slug}-{name}",
            password=password,
            first_name=rng.choice(first),
            last_name=rng.choice(last),
            email=f"{course.slug}-{name}@example.org",
        )
        for name in names
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            user=each,
            course=course,
            role=role,
            group=f"G{number // GROUP_SIZE + 1:02}" if role == Role.STUDENT else "",
        )
        for number, each in enumerate(people)
    )
    return people


def _assignment(course: Course, tp: str, number: int, now: dt.datetime) -> Given:
    """One after the other: the first are over, the last is open. Every second counts the last
    attempt and takes late ones.
    """
    rubric = load_rubric(tp)
    last_counts = number % 2 == 1
    assignment = Assignment.objects.create(
        course=course,
        tp=tp,
        title=rubric.title.get("en"),
        opens_at=now - dt.timedelta(days=60 - 14 * number),
        due_at=now - dt.timedelta(days=42 - 14 * number, hours=-1),
        counts=Counts.LAST if last_counts else Counts.BEST,
        late_days=3 if last_counts else 0,
        late_points_per_day=1.5 if last_counts else 0,
    )
    return Given(assignment, adopt_shipped(assignment, now), _points(rubric))


def _points(rubric: Rubric) -> tuple[tuple[str, float], ...]:
    return tuple((each.id, each.points) for each in rubric.criteria)


def _extensions(
    class_: list[User], given: list[Given], author: User, now: dt.datetime, rng: random.Random
) -> dict[tuple[int, int], dt.datetime]:
    """One student in fifty has another date for one TP."""
    made = [
        Extension(
            student=student,
            assignment=tp.assignment,
            due_at=tp.assignment.due_at + dt.timedelta(days=7),
            reason="was ill",
            author=author,
            created_at=tp.assignment.due_at,
        )
        for student in class_
        for tp in [rng.choice(given)]
        if rng.random() < 0.02
    ]
    Extension.objects.bulk_create(made)
    return {(each.student_id, each.assignment_id): each.due_at for each in made}


def _chunks(people: list[User]) -> Iterator[list[User]]:
    for start in range(0, len(people), CHUNK):
        yield people[start : start + CHUNK]
