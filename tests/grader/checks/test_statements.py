"""What a line of C is taken to store and to read: claimed only where there is no doubt."""

from __future__ import annotations

import pytest

from grader.checks.statements import Source, Statement
from grader.intake.values import SourceFile


def source(text: str) -> Source:
    return Source([SourceFile("a.c", text.encode())])


def in_function(body: str, before: str = "") -> Source:
    return source(f"{before}\nint f(struct dev *dev, int length)\n{{\n{body}\n}}\n")


def line(text: str) -> tuple[Statement, ...]:
    return in_function(text).at("a.c", 4)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("count++;", "count"),
        ("--dev->count;", "count"),
        ("count += part;", "count"),
        ("head = (head + 1) % SIZE;", "head"),
        ("dev->head = (dev->head + 1) & 15;", "head"),
        ("dev -> head = dev->head + 1;", "head"),
        ("WRITE_ONCE(dev->count, dev->count + 1);", "count"),
        ("WRITE_ONCE(count, READ_ONCE(count) - 1);", "count"),
        ("smp_store_release(&ring.tail, ring.tail + 1);", "tail"),
        ("failed = kfifo_from_user(&fifo, from, length, &part);", "fifo's in"),
        ("while (!kfifo_get(&dev->fifo, &c))", "fifo's out"),
        ("if (count) count--;", "count"),
    ],
)
def test_an_update_is_one(text: str, name: str) -> None:
    (statement,) = line(text)
    assert name in {store.name for store in statement.stores}
    if "if (" not in text:
        assert statement.updates(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("count = 0;", "count"),
        ("ring[head] = c;", "ring"),
        ("ring[head] = c;", "head"),
        ("ring[i] = ring[i + 1];", "ring"),
        ("wait_event_interruptible(queue, count > 0);", "count"),
        ("a->count = b->count + 1;", "count"),
        ("a->count += b->count;", "count"),
        ("if (count == SIZE) return 0;", "count"),
        ("if (count <= 3) x = 1;", "count"),
        ("kfifo_get(&fifo, &c);", "fifo's in"),
    ],
)
def test_what_is_no_update_is_none(text: str, name: str) -> None:
    assert not any(statement.updates(name) for statement in line(text))


def test_each_statement_of_a_line_is_told_apart() -> None:
    looks, *_, updates = line("if (count < SIZE) { spin_lock(&lock); count++;")
    assert looks.names("count") and not looks.updates("count")
    assert updates.updates("count")


def test_a_statement_of_several_lines_is_found_from_each() -> None:
    found = in_function("head =\n  (head + 1)\n  % SIZE;")
    assert {s.text for n in (4, 5, 6) for s in found.at("a.c", n)} == {
        "head =\n  (head + 1)\n  % SIZE"
    }


def test_a_functions_own_variables_are_nobody_elses() -> None:
    body = "size_t done = 0, *p;\nint count;\ndone += part;\ncount++;\nlength--;\ndev->count++;"
    code = in_function(body)
    stores = [s.value for n in range(4, 10) for x in code.at("a.c", n) for s in x.stores]
    assert stores == ["dev->count"]


def test_a_static_in_a_function_is_shared() -> None:
    code = in_function("static int calls;\ncalls++;")
    assert [store.value for store in code.at("a.c", 5)[0].stores] == ["calls"]


def test_one_functions_variable_is_not_the_next_ones() -> None:
    code = source(
        "int count;\nint f(void)\n{\nint count;\ncount++;\n}\nint g(void)\n{\ncount++;\n}\n"
    )
    assert code.at("a.c", 5)[0].stores == ()
    assert [store.value for store in code.at("a.c", 9)[0].stores] == ["count"]


def test_comments_strings_and_macros_are_no_statements() -> None:
    code = in_function('/* count++; */ printk("count++;"); // count++;', "#define ADD count++")
    assert not [s for n in range(1, 7) for x in code.at("a.c", n) for s in x.stores]


def test_a_number_that_is_only_printed_decides_nothing() -> None:
    code = in_function('calls++;\npr_info("%d", calls);', "static unsigned long calls = 0;")
    assert code.only_told("calls")


@pytest.mark.parametrize(
    "use",
    [
        "if (calls > 3) return 0;",
        "x = calls;",
        'sprintf(page, "%d", calls);',
        "return sysfs_emit(page, format, calls);",
        "ring[calls] = c;",
        "calls = (calls + 1) % SIZE;",
        "f(&calls);",
        "while (calls--);",
        'pr_info("%d", calls++ % SIZE);',
    ],
)
def test_a_number_that_is_used_otherwise_counts(use: str) -> None:
    code = in_function(f'calls++;\npr_info("%d", calls);\n{use}', "static int calls;")
    assert not code.only_told("calls")


def test_a_name_that_stands_nowhere_is_not_only_told() -> None:
    assert not source("int x;").only_told("calls")


def test_any_text_is_read() -> None:
    for text in ("", "}}}{{{", "((((;", "x" * 10_000, "[[[[++", "#define", "a = b = c ++ ;"):
        source(text).at("a.c", 1)
