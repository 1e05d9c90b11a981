"""What a student is told of a defect that many checks meet, and of a name that is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.engine import Engine
from grader.feedback import first_words
from grader.grade import grade
from grader.intake import read_paths
from grader.report import Report
from grader.rubric import load_rubric

SUBMISSIONS = Path(__file__).parents[1] / "submissions"

pytestmark = pytest.mark.image


def mark(tp: str, name: str, engine: Engine) -> Report:
    files = sorted(
        path for path in (SUBMISSIONS / tp / name).iterdir() if path.suffix in {".c", ".h"}
    )
    return grade(read_paths(files), load_rubric(tp), engine, seed=3)


def test_a_report_that_all_checks_meet_stands_behind_each_lost_criterion(engine: Engine) -> None:
    report = mark("tp1", "user-pointer-read-directly", engine)

    (finding,) = [each for each in report.findings if each.kind == "kasan"]
    order = [check.id for criterion in report.criteria for check in criterion.checks]
    met = [finding.check, *finding.also_in]
    assert met == sorted(met, key=lambda check: order.index(str(check)))
    assert len(met) > 5
    assert f"({finding.file}:{finding.line}: " in first_words(report)


def test_an_attribute_under_another_name_is_named(engine: Engine) -> None:
    words = first_words(mark("tp2", "attribute-misnamed", engine))

    assert words.startswith("/sys/kernel/asee_mod/asee_buf_size is not there after insmod (ENOENT)")
    assert words.endswith("there is /sys/kernel/asee_mod/buf_size instead.")
