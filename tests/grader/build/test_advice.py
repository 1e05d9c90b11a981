"""sparse's word on a student's source."""

from __future__ import annotations

import pytest

from grader.build import advice
from grader.engine import Engine
from grader.intake import SourceFile, SourceTree

pytestmark = pytest.mark.image

MODULE = """#include <linux/module.h>
#include <linux/fs.h>
#include <linux/uaccess.h>
#include <linux/spinlock.h>
static DEFINE_SPINLOCK(lock);
static char place;
static ssize_t ring_read(struct file *file, char __user *buf, size_t count, loff_t *at)
{{
{body}
}}
static const struct file_operations ring_ops = {{ .owner = THIS_MODULE, .read = ring_read }};
static int __init ring_init(void) {{ return register_chrdev(0, "ring", &ring_ops) < 0; }}
static void __exit ring_exit(void) {{ }}
module_init(ring_init);
module_exit(ring_exit);
MODULE_LICENSE("GPL");
"""


def said(engine: Engine, body: str) -> list[tuple[str | None, int | None, str]]:
    text = MODULE.format(body=body).encode()
    tree = SourceTree(files=(SourceFile("ring.c", text),), sha256="0" * 64, ignored=())
    found = advice(tree, engine.image, engine.sandbox)
    assert all(each.kind == "static" and each.advice for each in found)
    return [(each.file, each.line, each.title) for each in found]


def test_on_good_code_it_stays_quiet(engine: Engine) -> None:
    body = "\tspin_lock(&lock);\n\tspin_unlock(&lock);\n\treturn put_user(place, buf) ?: 1;"
    assert said(engine, body) == []


def test_user_memory_used_directly(engine: Engine) -> None:
    ((file, line, title),) = said(engine, "\tbuf[0] = place;\n\treturn 1;")
    assert (file, line) == ("ring.c", 9)
    assert "__user" in title


def test_a_lock_that_is_kept_on_one_way_out(engine: Engine) -> None:
    body = "\tspin_lock(&lock);\n\tif (!count)\n\t\treturn 0;\n\tspin_unlock(&lock);\n\treturn 1;"
    ((file, line, title),) = said(engine, body)
    assert (file, line) == ("ring.c", 7)
    assert "ring_read(): " in title and "lock" in title


def test_what_does_not_compile_gets_none(engine: Engine) -> None:
    assert said(engine, "\treturn this is no C;") == []
