"""The journal's lines that the student's module printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.submissions.own_lines import OwnLines

SOURCE = r"""
static ssize_t my_read(void) {
    pr_info("asee: read %zu bytes at %p\n", count, buf);
    printk(KERN_ERR "asee: " "no memory\n");
    pr_debug("%d\n", x);
    dev_warn(dev, "only \"quoted\" things");
}
"""


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("kernel: asee: read 12 bytes at 00000000deadbeef", True),
        ("asee: no memory", True),
        ('asee_mod: only "quoted" things', True),
        ("asee: wrote 12 bytes", False),
        ("BUG: kernel NULL pointer dereference", False),
        ("42", False),
    ],
)
def test_a_line_is_the_modules_if_a_format_of_it_fits(line: str, own: bool) -> None:
    assert OwnLines([SOURCE]).printed(line) is own


def test_without_a_format_nothing_is() -> None:
    assert OwnLines(["int main(void) { return 0; }"]).printed("anything") is False


@given(st.text(max_size=400), st.text(max_size=200))
def test_any_source_and_any_line_are_borne(source: str, line: str) -> None:
    assert OwnLines([source, f'pr_info("{source}")']).printed(line) in {True, False}
