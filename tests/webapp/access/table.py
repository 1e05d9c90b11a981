"""What a row of the matrix says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.webapp.support.fixtures import School
from webapp.submissions.models import Submission

#: ``owner`` handed the submission in, ``fellow`` is another student of the course, ``instructor``
#: teaches it, ``stranger`` teaches another course.
ROLES = ("anonymous", "owner", "fellow", "instructor", "stranger")
LOGIN = 302  # to the login page

Arguments = Callable[[School, Submission], list[object]]


def nothing(school: School, submission: Submission) -> list[object]:
    return []


def of_course(school: School, submission: Submission) -> list[object]:
    return [school.course.slug]


def of_tp(school: School, submission: Submission) -> list[object]:
    return [school.course.slug, school.assignment.tp]


def of_submission(school: School, submission: Submission) -> list[object]:
    return [submission.pk]


@dataclass(frozen=True)
class Row:
    """Status expected of each role, in the order of ROLES; the address's arguments, made after
    whatever has to be there for it was made; what is sent.
    """

    expected: tuple[int, int, int, int, int]
    arguments: Arguments = nothing
    method: str = "get"
    data: tuple[tuple[str, str], ...] = ()


#: Of pages that only the course's instructors have.
TAUGHT = (LOGIN, 404, 404, 200, 404)
#: Of forms whose action leads to another page.
TAUGHT_POST = (LOGIN, 404, 404, 302, 404)
