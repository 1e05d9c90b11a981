"""Text that students, compilers and guests made: inert and visible, whatever it is."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.submissions import journal
from webapp.submissions.presentation import cut, tail
from webapp.submissions.templatetags.text import points, visible, visible_text

HIDDEN = "\x00\x07\x08\x1b\x7f\x85\u200b\u200f\u202a\u202e\u2066\u2069\u2028\ufeff\U000e0041"
TAG = re.compile(r'<span class="unseen" title="[A-Z0-9 ()&;#x\'-]*">[^<>]*</span>', re.I)

anything = st.text(st.characters(exclude_categories=[])) | st.text(alphabet=HIDDEN + "<>&\"'ab\n")


@given(anything)
def test_nothing_of_it_is_markup(text: str) -> None:
    assert re.search("[<>]", TAG.sub("", visible(text))) is None


@given(anything)
def test_nothing_of_it_is_hidden(text: str) -> None:
    for shown in (visible(text), visible_text(text)):
        assert not set(HIDDEN) & set(shown)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert html.unescape(visible(text)) == text


@pytest.mark.parametrize(
    ("character", "sign"),
    [("\x1b", "ESC"), ("\x7f", "DEL"), ("\u202e", "U+202E"), ("\x00", "NUL")],
)
def test_each_hidden_character_has_its_sign(character: str, sign: str) -> None:
    assert f">{sign}</span>" in visible(f"a{character}b")


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
