"""What a student reads first."""

from __future__ import annotations

import pytest

from grader.feedback import first_words, is_specific
from grader.report import Finding
from tests.webapp.support import reports


def test_the_first_sentence_of_what_was_lost_first() -> None:
    words = first_words(reports.report("defect", 1))
    assert words == "The third shell read 'Zx4' before 'kR7mQ', which had been written first."


def test_who_lost_nothing_reads_nothing() -> None:
    assert first_words(reports.report("perfect", 1)) == ""


def test_the_place_of_the_kernel_report_behind_it() -> None:
    report = reports.report("defect", 1)
    lost = next(each for each in report.criteria if each.verdict == "fail")
    finding = Finding(kind="oops", title="NULL pointer dereference", file="ring.c", line=3,
                      check=lost.checks[0].id)  # fmt: skip
    words = first_words(report.model_copy(update={"findings": (finding,)}))
    assert words.endswith("(ring.c:3: NULL pointer dereference)")


def test_what_the_sentence_says_is_not_said_again() -> None:
    report = reports.report("defect", 1)
    lost = next(each for each in report.criteria if each.verdict == "fail")
    title = "the third shell read 'Zx4' before 'kR7mQ', which had been written first"
    finding = Finding(kind="hung", title=title, file="ring.c", line=3, check=lost.checks[0].id)
    words = first_words(report.model_copy(update={"findings": (finding,)}))
    assert words == f"{title[0].upper()}{title[1:]}. (ring.c:3)"


@pytest.mark.parametrize(
    ("words", "specific"),
    [
        ("cat /dev/asee_mod gave 'abc' where 'abd' was due.", True),
        ("The kernel reported: leak in dev_read() (ring.c:9).", True),
        ("Opening failed with EBUSY.", True),
        ("The machine went down during echo > /sys/kernel/asee_mod/asee_buf_size.", True),
        ("Look at your locks.", False),
        ("The module does not do what it should.", False),
    ],
)
def test_a_rule_alone_says_nothing_of_the_module(words: str, specific: bool) -> None:
    assert is_specific(words) is specific
