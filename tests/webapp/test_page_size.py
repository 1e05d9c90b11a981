"""A page whose text is full of characters that are shown as signs stays near the size of one that
has letters in their place.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from grader.intake import Upload
from tests.webapp.support.fixtures import MODULE, School, finish
from webapp.submissions import services, unseen

#: Of signs with markup, in bytes: ``<span class="unseen" title="RIGHT-TO-LEFT OVERRIDE">...``.
OF_A_SIGN = 100
LINES, PAIRS = 3_000, 60


def source(character: str) -> bytes:
    """As much as is shown of one file, every other character of it ``character``."""
    return MODULE + f"// {f'a{character}' * PAIRS}\n".encode() * LINES


def size_of_page(school: School, client: Client, character: str) -> int:
    upload = Upload("ring.c", source(character))
    submission = services.hand_in(school.student, school.assignment, [upload], timezone.now())
    finish(submission)
    client.force_login(school.student)
    return len(client.get(submission.get_absolute_url()).content)


@pytest.mark.parametrize("character", ["\x01", "\u202e", "\U000e0041"])
def test_a_source_full_of_hidden_characters_makes_no_huge_page(
    school: School, client: Client, character: str
) -> None:
    plain = size_of_page(school, client, "b")
    hostile = size_of_page(school, client, character)
    escaped = len(unseen.as_plain_text(character)) * PAIRS * LINES
    assert hostile < plain + escaped + OF_A_SIGN * unseen.MOST_SIGNS
