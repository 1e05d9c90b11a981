"""Text that students, compilers and guests made: inert and visible, whatever it is."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.support.inert import HIDING
from webapp.submissions import journal
from webapp.submissions.presentation import cut, tail
from webapp.submissions.templatetags.text import points, visible, visible_text
from webapp.submissions.unseen import MOST_SIGNS, UNSEEN, signs_of_a_page

HIDDEN = (
    "\x00\x07\x08\x1b\x7f\x85\u200b\u200f\u202a\u202e\u2066\u2069\u2028\ufeff\U000e0041"
    "\u00ad\u061c\u180e\u3164\ufe0f\ufff9\U000e01ef"
)
TAG = re.compile(r'<span class="unseen" title="[A-Z0-9 ()&;#x\'-]*">[^<>]*</span>', re.I)

anything = st.text(st.characters(exclude_categories=[])) | st.text(alphabet=HIDDEN + "<>&\"'ab\n")


@given(anything)
def test_nothing_of_it_is_markup(text: str) -> None:
    assert re.search("[<>]", TAG.sub("", visible(text))) is None


@given(anything)
def test_nothing_of_it_is_hidden(text: str) -> None:
    for shown in (visible(text), visible_text(text)):
        assert not set(HIDING) & set(shown)


def test_all_of_unicode_that_hides_is_replaced_and_nothing_else() -> None:
    every = {chr(code) for code in range(0x110000)}
    assert {each for each in every if UNSEEN.fullmatch(each)} == set(HIDING)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=HIDING)))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert html.unescape(visible(text)) == text


@pytest.mark.parametrize(
    ("character", "sign"),
    [("\x1b", "ESC"), ("\x7f", "DEL"), ("\u202e", "U+202E"), ("\x00", "NUL")],
)
def test_each_hidden_character_has_its_sign(character: str, sign: str) -> None:
    assert f">{sign}</span>" in visible(f"a{character}b")


def test_many_of_the_same_are_one_sign() -> None:
    assert ">NUL×400</span>" in visible("\0" * 400)
    assert visible("\0" * 3).count(">NUL</span>") == 3
    assert visible_text("\u202e" * 9) == "\\u{202e}×9"


def test_signs_with_markup_are_bounded_and_the_rest_is_still_told() -> None:
    shown = visible("a\u202e" * 3 * MOST_SIGNS)
    assert shown.count("<span") == MOST_SIGNS
    assert shown.count("\\u{202e}") == 2 * MOST_SIGNS


def test_a_page_has_no_more_of_them_than_one_text_may(rf: RequestFactory) -> None:
    def page(_: HttpRequest) -> HttpResponse:
        return HttpResponse("".join(visible("a\u202e") for _ in range(3 * MOST_SIGNS)))

    for _ in range(2):  # each page anew
        html = signs_of_a_page(page)(rf.get("/")).content.decode()
        assert html.count("<span") == MOST_SIGNS


@given(st.text() | st.lists(st.text(max_size=40)).map("\n".join))
def test_any_journal_is_rows(text: str) -> None:
    parsed = journal.parse(text)
    assert len(parsed.rows) + parsed.hidden == sum(1 for line in text.splitlines() if line.strip())


entries = st.dictionaries(
    st.sampled_from(["MESSAGE", "PRIORITY", "__REALTIME_TIMESTAMP", "SYSLOG_IDENTIFIER", "x"]),
    st.none() | st.integers() | st.text() | st.lists(st.integers() | st.text()) | st.floats(),
)


@given(entries)
def test_any_entry_is_a_row(entry: dict[str, object]) -> None:
    (row,) = journal.parse(json.dumps(entry)).rows
    assert len(row.message) <= journal.MAX_MESSAGE
    assert row.priority in {"", *journal.PRIORITIES}


def test_a_message_that_is_no_text_comes_as_bytes() -> None:
    (row,) = journal.parse('{"MESSAGE": [97, 27, 255]}').rows
    assert row.message == "a\x1b\ufffd"


def test_a_journal_keeps_its_end() -> None:
    parsed = journal.parse("\n".join(f'{{"MESSAGE": "{n}"}}' for n in range(journal.MAX_ROWS + 7)))
    assert parsed.hidden == 7
    assert parsed.rows[-1].message == str(journal.MAX_ROWS + 6)


@given(st.text(max_size=50), st.integers(1, 60))
def test_cutting_says_what_is_missing(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert shown == text if len(text) <= limit else shown.startswith(text[:limit])
    assert tail(text, limit).endswith(text[-limit:])


@pytest.mark.parametrize(
    ("value", "shown"), [(20.0, "20"), (0.5, "0.5"), (0.0, "0"), (1.25, "1.25"), (None, "–")]
)
def test_marks_have_no_needless_zeros(value: float | None, shown: str) -> None:
    assert points(value) == shown
