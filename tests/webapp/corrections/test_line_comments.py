"""A word at a line: where it may be, who sees it, and that it does nothing but be read."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.support.fixtures import MODULE, School
from tests.webapp.support.reports import EVIL
from tests.webapp.support.withheld import withhold
from webapp.audit.models import Action, AuditEntry
from webapp.corrections.comments import address_of, comment
from webapp.submissions.models import LineComment, Submission
from webapp.submissions.presentation import MAX_SOURCE_LINES


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


def post(teacher: Client, submission: Submission, **typed: object) -> HttpResponse:
    url = reverse("comment", args=[submission.assignment.course.slug, submission.pk])
    return teacher.post(url, {"path": "ring.c", "line": "2", "text": "Why 0?", **typed})


def line(html: str, number: int) -> str:
    start = html.index(f'id="file-0-{number}"')
    return html[start : html.index(f'id="file-0-{number + 1}"')]


def test_a_comment_stands_at_its_line_and_above_and_is_recorded(
    school: School, teacher: Client
) -> None:
    submission = school.graded("defect")
    reply = post(teacher, submission, text="Why 0?\r\nSee read().")
    assert reply["Location"] == f"{submission.get_absolute_url()}#file-0-2"
    teacher.force_login(school.student)
    html = teacher.get(submission.get_absolute_url()).content.decode()
    at_line = line(html, 2)
    assert '<p class="note comment"><b>Instructor</b> Why 0?\nSee read().</p>' in at_line
    assert at_line.index("unused variable") < at_line.index("Why 0?")
    above = html[html.index('id="comments"') : html.index('id="criteria"')]
    assert '<a href="#file-0-2"><code>ring.c:2</code></a>' in above
    assert "Why 0?" in above
    assert "Withdraw" not in above
    assert 'id="comment-form"' not in html
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target) == (
        Action.COMMENTED, "student, tp1, attempt 1: ring.c:2",
    )  # fmt: skip
    assert entry.detail == {"new": {"text": "Why 0?\nSee read()."}}


def test_a_withdrawn_comment_is_gone_and_its_words_are_in_the_log(
    school: School, teacher: Client
) -> None:
    submission = school.graded("defect")
    made = comment(submission, "ring.c", 2, "Why 0?", school.instructor, timezone.now())
    url = reverse("comment-withdraw", args=[school.course.slug, submission.pk, made.pk])
    assert url in teacher.get(submission.get_absolute_url()).content.decode()
    teacher.post(url)
    teacher.post(url)  # a double click
    assert "Why 0?" not in teacher.get(submission.get_absolute_url()).content.decode()
    entry = AuditEntry.objects.get(action=Action.COMMENT_WITHDRAWN)
    assert entry.detail["old"] == {"text": "Why 0?", "by": "instructor"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"line": "0"}, "The file has 6 lines."),
        ({"line": "7"}, "The file has 6 lines."),
        ({"line": "-1"}, "The file has 6 lines."),
        ({"line": "two"}, "A line&#x27;s number, please."),
        ({"line": ""}, "Which line?"),
        ({"path": "other.c"}, "There is no such file in this attempt."),
        ({"path": ""}, "Which file?"),
        ({"text": " \r\n "}, "There is nothing to say yet."),
        ({"text": "x" * 4001}, "at most 4000 characters"),
        ({"text": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(
    school: School, teacher: Client, typed: dict[str, str], told: str
) -> None:
    reply = post(teacher, school.graded("defect"), **typed)
    assert reply.status_code == 422
    html = reply.content.decode()
    assert told in html
    assert not LineComment.objects.exists()
    if "text" not in typed:
        assert "Why 0?</textarea>" in html
    if "line" not in typed:
        assert 'name="line" id="comment-line" value="2"' in html


def test_four_thousand_characters_are_taken_and_shown_whole(
    school: School, teacher: Client
) -> None:
    submission = school.graded("defect")
    text = "é\r\n" * 1999 + "é"  # the browser's line ends are not counted twice
    assert post(teacher, submission, text=text).status_code == 302
    html = teacher.get(submission.get_absolute_url()).content.decode()
    assert text.replace("\r\n", "\n") in line(html, 2)


def test_a_line_that_the_page_leaves_out_can_be_commented_on(
    school: School, teacher: Client
) -> None:
    submission = school.graded("perfect", MODULE + b"\n" * MAX_SOURCE_LINES)
    assert post(teacher, submission, line=MAX_SOURCE_LINES + 2).status_code == 302
    made = LineComment.objects.get()
    assert address_of(made) == f"{submission.get_absolute_url()}#comments"
    html = teacher.get(submission.get_absolute_url()).content.decode()
    assert f"<code>ring.c:{MAX_SOURCE_LINES + 2}</code>" in html
    assert f'href="#file-0-{MAX_SOURCE_LINES + 2}"' not in html


def test_a_comment_is_inert_and_visible(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    post(teacher, submission, text=EVIL.replace("\0", ""))
    for url in (submission.get_absolute_url(), reverse("audit", args=[school.course.slug])):
        html = teacher.get(url).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html
        assert "\x1b" not in html
        assert "\u202e" not in html
        assert ">ESC</span>" in html


def test_comments_are_there_without_a_report_too(school: School, teacher: Client) -> None:
    submission = school.submit()
    withhold(submission)
    post(teacher, submission)
    html = teacher.get(submission.get_absolute_url()).content.decode()
    assert "Why 0?" in line(html, 2)


def test_comments_of_another_attempt_are_not_shown_nor_withdrawn(
    school: School, teacher: Client
) -> None:
    own, other = school.graded("defect"), school.graded("perfect", MODULE + b"\n")
    made = comment(other, "ring.c", 2, "Why 0?", school.instructor, timezone.now())
    assert "Why 0?" not in teacher.get(own.get_absolute_url()).content.decode()
    teacher.post(reverse("comment-withdraw", args=[school.course.slug, own.pk, made.pk]))
    made.refresh_from_db()
    assert made.withdrawn_at is None


@pytest.mark.parametrize("who", ["student", "fellow", "stranger"])
def test_only_who_teaches_the_course_comments(school: School, client: Client, who: str) -> None:
    submission = school.graded("defect")
    client.force_login(getattr(school, who))
    assert post(client, submission).status_code == 404
    assert not LineComment.objects.exists()
