"""Titles that we put into words are in French too; the kernel's own stay as they are."""

from __future__ import annotations

import re

import pytest

from grader.kernel_reports import title_in_both
from grader.kernel_reports.formats import FORMATS
from grader.kernel_reports.french import _OURS


@pytest.mark.parametrize(
    ("title", "french"),
    [
        ("NULL pointer dereference in f", "déréférencement d'un pointeur NULL dans f"),
        ("memory leak: 64 bytes", "fuite de mémoire : 64 octets"),
        ("task blocked for more than 30 seconds", "tâche bloquée depuis plus de 30 secondes"),
        ("flags mismatch on irq 11", "indicateurs incompatibles sur irq 11"),
        ("processor stuck in dev_read", "processeur figé dans dev_read"),
        ("KASAN: slab-use-after-free in dev_read", "KASAN: slab-use-after-free in dev_read"),
    ],
)  # fmt: skip
def test_a_title_in_french(title: str, french: str) -> None:
    assert title_in_both(title).en == title
    assert title_in_both(title).fr == french


def test_each_row_is_of_a_title_that_the_parser_makes() -> None:
    made = [re.sub(r"{\w+}", "7", form.title) for form in FORMATS if form.title]
    for pattern, _ in _OURS:
        assert any(re.match(pattern, title) for title in made), pattern
