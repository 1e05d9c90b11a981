"""Advice on an init whose error paths are wrong; a mark never depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.engine import Engine
from grader.grade import grade
from grader.intake import Upload, read_upload
from grader.report import Finding, Report
from grader.rubric import load_rubric

REFERENCE = (Path(__file__).parents[2] / "rubrics" / "tp1" / "reference" / "asee_mod.c").read_text()
CLASS_UNDONE = "\t\tunregister_chrdev(major, DEVICE_NAME);\n\t\treturn PTR_ERR(asee_class);"
DEVICE_UNDONE = "\t\tclass_destroy(asee_class);\n\t\tunregister_chrdev(major, DEVICE_NAME);\n"
FIRST = "\tmajor = register_chrdev("
UNTESTED = "\tchar *note = kmalloc(8, GFP_KERNEL);\n\n\tWRITE_ONCE(note[0], 0);\n\tkfree(note);\n"


def mark(source: str, engine: Engine) -> Report:
    tree = read_upload([Upload("asee_mod.c", source.encode())], device="asee_mod")
    return grade(tree, load_rubric("tp1"), engine, seed=3)


def advice(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind == "init-failure"]


def line_of(source: str, text: str) -> int:
    return source[: source.index(text)].count("\n") + 1


@pytest.mark.image
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (CLASS_UNDONE, "\t\treturn PTR_ERR(asee_class);", "stays registered"),
        (DEVICE_UNDONE, "\t\tunregister_chrdev(major, DEVICE_NAME);\n", "insmod fails with EEXIST"),
        (FIRST, UNTESTED + FIRST, "the kernel reports: KASAN: null-ptr-deref"),
    ],
    ids=["the major stays", "the class stays", "memory that is not there"],
)
def test_what_init_does_not_get_over_is_told(
    before: str, after: str, told: str, engine: Engine
) -> None:
    assert before in REFERENCE
    source = REFERENCE.replace(before, after)

    report = mark(source, engine)

    (finding,) = advice(report)
    assert told in finding.title, finding.title
    assert finding.advice
    assert finding.function == "asee_init"
    failed = {CLASS_UNDONE: "= class_create(", DEVICE_UNDONE: "= device_create("}
    assert finding.line == line_of(source, failed.get(before, "kmalloc("))
    assert finding.fr["title"].startswith("quand ceci échoue dans init")
    assert report.score == report.max_score, report.message


@pytest.mark.image
def test_nothing_is_told_of_an_init_that_undoes_all(engine: Engine) -> None:
    report = mark(REFERENCE, engine)

    assert not advice(report)
    assert report.score == report.max_score
