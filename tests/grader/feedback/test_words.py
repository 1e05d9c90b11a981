"""What reports and compiler messages mean: a word for each, and the right one."""

from __future__ import annotations

from typing import get_args

import pytest

from grader.feedback import compiler_hint, explain
from grader.report import Finding, FindingKind
from tests.grader.kernel_reports.recordings import MODULES, read_plan

NOT_OF_THE_KERNEL = {"build-warning", "static"}


@pytest.mark.parametrize("kind", sorted(set(get_args(FindingKind)) - NOT_OF_THE_KERNEL))
def test_every_kind_has_its_words(kind: FindingKind) -> None:
    found = explain(Finding(kind=kind, title="something that nobody has seen yet"))
    assert found is not None
    assert found.what.en != found.what.fr


@pytest.mark.parametrize("kind", sorted(NOT_OF_THE_KERNEL))
def test_what_is_no_kernel_report_has_none(kind: FindingKind) -> None:
    assert explain(Finding(kind=kind, title="unused variable")) is None


@pytest.mark.parametrize(
    ("kind", "title", "word"),
    [
        ("kasan", "KASAN: slab-out-of-bounds in dev_write", "beyond the end"),
        ("kasan", "KASAN: slab-use-after-free in dev_read", "after it had been freed"),
        ("kasan", "KASAN: double-free in dev_release", "freed something"),
        ("oops", "NULL pointer dereference in dev_read", "NULL"),
        ("lockdep", "possible circular locking dependency detected", "in the other order"),
        ("lockdep", "possible recursive locking detected", "holds already"),
        ("lockdep", "inconsistent lock state", "irqsave"),
        ("lockdep", "lock held when returning to user space", "before the unlock"),
        ("atomic-sleep", "scheduling while atomic", "spinlock"),
        ("warn", "irq 11: nobody cared", "IRQ_HANDLED"),
    ],
)
def test_the_words_fit_the_title(kind: FindingKind, title: str, word: str) -> None:
    found = explain(Finding(kind=kind, title=title))
    assert found is not None
    assert word in found.what.en


def test_every_report_that_was_recorded_has_words() -> None:
    plans = [read_plan(path) for path in MODULES.glob("*.c")]
    kinds = {each.kind for plan in plans for each in plan.expected}
    assert len(kinds) > 8
    assert all(explain(Finding(kind=kind, title="")) for kind in kinds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("modpost: missing MODULE_LICENSE() in asee_mod.o", "MODULE_LICENSE"),
        ("too many arguments to function ‘class_create’", "6.4"),
        ("implicit declaration of function ‘irq_to_desc’; did you mean ‘irq_to_x’?", "5.11"),
        ("implicit declaration of function ‘copy_to_user’", "<linux/uaccess.h>"),
        ("implicit declaration of function ‘kmalloc’", "<linux/slab.h>"),
        ("implicit declaration of function ‘frobnicate’", "misspelt"),
        ('modpost: "printf" [asee_mod.ko] undefined!', "does not export"),
        ("stdio.h: No such file or directory", "belong to"),
    ],
)
def test_common_messages_have_a_hint(message: str, word: str) -> None:
    hint = compiler_hint(message)
    assert hint is not None
    assert word in hint.en


def test_other_messages_have_none() -> None:
    assert compiler_hint("unused variable ‘x’", "-Wunused-variable") is None
