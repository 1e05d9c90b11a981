"""What the result page shows of a report, and how it treats text that a student made."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.webapp.support.fixtures import MODULE, School
from tests.webapp.support.reports import EVIL


@pytest.fixture
def student(school: School, client: Client) -> Client:
    client.force_login(school.student)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_full_mark_is_shown_as_twenty_out_of_twenty(school: School, student: Client) -> None:
    html = page(student, school.graded("perfect").get_absolute_url())
    assert re.search(r'class="big">20</span><span class="of">/20<', html)
    assert "Every criterion passed." in html


def test_a_failed_criterion_says_why_with_expected_and_seen(
    school: School, student: Client
) -> None:
    html = page(student, school.graded("defect").get_absolute_url())
    article = html[html.index('id="tp1-order"') :]
    article = article[: article.index("</article>")]
    assert "which had been written first" in article
    assert 'data-label="Expected">kR7mQ\\nZx4\\n<' in article
    assert 'data-label="Seen">Zx4\\nkR7mQ\\n<' in article
    assert html.count('<article class="card criterion fail"') == 1


def test_verdicts_are_words_and_not_colours_alone(school: School, student: Client) -> None:
    html = page(student, school.graded("no-build").get_absolute_url())
    assert html.count("</span>not run</span>") >= 10
    assert "</span>failed</span>" in html


def test_compiler_messages_and_kernel_findings_stand_at_their_lines(
    school: School, student: Client
) -> None:
    html = page(student, school.graded("panic").get_absolute_url())
    line_two = html[html.index('id="file-0-2"') : html.index('id="file-0-3"')]
    assert "unused variable &#x27;x&#x27;" in line_two
    assert "-Wunused-variable" in line_two
    line_three = html[html.index('id="file-0-3"') : html.index('id="file-0-4"')]
    assert "NULL pointer dereference" in line_three


def test_a_message_without_a_line_of_the_upload_is_shown_as_well(
    school: School, student: Client
) -> None:
    html = page(student, school.graded("no-build").get_absolute_url())
    assert "irq_to_desc" in html


def test_the_journal_is_rows_of_time_priority_and_message(school: School, student: Client) -> None:
    html = page(student, school.graded("defect").get_absolute_url())
    assert "<td>warning</td><td>kernel</td>" in html
    assert "asee_mod: buffer full, overwriting" in html


def test_when_the_guest_died_its_console_is_there(school: School, student: Client) -> None:
    html = page(student, school.graded("panic").get_absolute_url())
    assert "A guest died" in html
    assert "dev_write+0x2f/0x90 [ring]" in html


def test_text_that_a_student_made_is_inert_and_visible(school: School, student: Client) -> None:
    source = MODULE + f"// {EVIL}\n".replace("\0", "").encode()
    html = page(student, school.graded("hostile", source).get_absolute_url())
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    for character in "\x1b\u202e\x00":
        assert character not in html
    assert ">ESC</span>" in html
    assert "U+202E" in html


@pytest.mark.parametrize("kind", ["report", "journal", "console", "build-log"])
def test_downloads_are_attachments_that_no_browser_runs(
    school: School, student: Client, kind: str
) -> None:
    response = student.get(f"{school.graded('hostile').get_absolute_url()}{kind}/")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"].split(";")[0] in {"text/plain", "application/json"}


def test_the_source_downloads_byte_by_byte(school: School, student: Client) -> None:
    source = MODULE + b"// caf\xe9\r\n"
    submission = school.graded("perfect", source)
    file = submission.files.get()
    response = student.get(f"{submission.get_absolute_url()}files/{file.pk}/")
    assert response.content == source


def test_the_page_stays_small_for_a_huge_source(school: School, student: Client) -> None:
    source = MODULE + b"/* filler filler filler */\n" * 9000
    html = page(student, school.graded("perfect", source).get_absolute_url())
    assert "more lines: download the file." in html
    assert len(html) < 1_000_000


def test_titles_and_feedback_come_in_the_readers_language(school: School, student: Client) -> None:
    url = school.graded("defect").get_absolute_url()
    html = student.get(url, headers={"accept-language": "fr"}).content.decode()
    assert "En français." in html
    assert "Premier entré" in html or "premier sorti" in html.lower()


def test_every_attempt_is_in_the_history_with_its_mark(school: School, student: Client) -> None:
    school.graded("defect")
    second = school.graded("perfect", MODULE + b"\n")
    html = page(student, second.get_absolute_url())
    history = html[html.index('id="history"') :]
    assert history.index("Attempt 2") < history.index("Attempt 1")
    assert re.search(r'class="mark">20<.*class="mark">17<', history, re.S)
