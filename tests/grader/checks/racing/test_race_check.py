"""The race check on the real race kernel: correct modules pass, those without locks do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.build import build_module
from grader.checks.context import Task
from grader.checks.racing import run_race
from grader.checks.run import CheckResult
from grader.engine import Engine
from grader.errors import ImageMissing
from grader.grade import grade
from grader.intake import read_path
from grader.intake.values import SourceTree, digest
from grader.report import Report
from grader.rubric import Rubric
from grader.rubric.schema import RaceCheck, Settings
from tests.grader.checks.racing.recordings import names, tree_of
from tests.support.part_of_tp3 import only

pytestmark = pytest.mark.image

KNOWN = Path(__file__).parents[3] / "submissions" / "tp3"
CHECK = RaceCheck(kind="race", id="race")


def tried(tree: SourceTree, engine: Engine) -> CheckResult:
    module = build_module(tree, engine.image, engine.sandbox).module
    assert module is not None
    return run_race(CHECK, Task(module, Settings(), seed=1), engine.race.lab)


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("right_")])
def test_a_correct_module_passes(name: str, engine: Engine) -> None:
    result = tried(tree_of(name), engine)

    assert (result.verdict, result.outcome.reason) == ("pass", None)
    assert all(finding.advice for finding in result.findings)


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("wrong_")])
def test_a_module_that_lacks_a_lock_fails(name: str, engine: Engine) -> None:
    result = tried(tree_of(name), engine)

    assert result.verdict == "fail"
    first = result.findings[0]
    assert (first.kind, first.advice, first.file) == ("kcsan", False, f"{name}.c")
    assert result.outcome.reason is not None
    assert f"{name}.c:" in result.outcome.reason.en


def changed(name: str, before: str, after: str) -> SourceTree:
    files = tuple(
        replace(file, data=file.data.replace(before.encode(), after.encode()))
        for file in tree_of(name).files
    )
    assert files != tree_of(name).files
    return SourceTree(files, digest(files))


def test_a_stall_is_no_race(engine: Engine) -> None:
    tree = changed("right_mutex", "wake_up_interruptible(&channel->readable);", "")

    result = tried(tree, engine)

    assert result.verdict == "pass"
    assert len(result.outcome.steps) > 1


def test_a_device_for_one_at_a_time_cannot_race(engine: Engine) -> None:
    tree = changed(
        "wrong_none",
        "module_init(channel_start);",
        """static atomic_t open = ATOMIC_INIT(0);
static int only_one(struct inode *inode, struct file *file)
{
	return atomic_inc_return(&open) > 1 ? -EBUSY : 0;
}
static struct file_operations changed;
static int start(void)
{
	changed = asee_operations;
	changed.open = only_one;
	asee_device.fops = &changed;
	return channel_start();
}
module_init(start);""",
    )

    assert tried(tree, engine).verdict == "pass"


def test_a_module_for_the_other_kernel_is_refused_by_its_name(engine: Engine) -> None:
    assert engine.race.lab().image.release != engine.image.release


def test_without_the_race_image_the_check_is_not_decided(engine: Engine) -> None:
    def missing() -> None:
        raise ImageMissing("no guest image 'race'")

    module = build_module(tree_of("wrong_none"), engine.image, engine.sandbox).module
    assert module is not None
    result = run_race(CHECK, Task(module, Settings(), seed=1), missing)  # type: ignore[arg-type]

    assert result.verdict == "error"
    assert "race" in (result.outcome.reason.en if result.outcome.reason else "")


def rubric() -> Rubric:
    def criterion(name: str, points: int, check: dict[str, object]) -> dict[str, object]:
        text = {"en": name, "fr": name}
        return {
            "id": f"tp3.{name}", "points": points, "title": text, "description": text,
            "hint": text, "checks": [{"id": name, **check}],
        }  # fmt: skip

    criteria = [
        criterion("build", 1, {"kind": "build"}),
        criterion("load", 1, {"kind": "load"}),
        criterion("locking", 1, {"kind": "race"}),
        criterion("clean", 1, {"kind": "clean"}),
    ]
    return Rubric.model_validate(
        {
            "schema": "ringmark.rubric/1", "id": "race", "tp": "tp3", "version": 1,
            "title": {"en": "t", "fr": "t"}, "criteria": criteria,
        }
    )  # fmt: skip


def verdicts(report: Report) -> dict[str, str]:
    return {criterion.id: criterion.verdict for criterion in report.criteria}


def test_a_race_costs_locking_and_not_clean(engine: Engine) -> None:
    report = grade(tree_of("wrong_two_locks"), rubric(), engine, seed=1)

    assert verdicts(report) == {
        "tp3.build": "pass", "tp3.load": "pass", "tp3.locking": "fail", "tp3.clean": "pass",
    }  # fmt: skip
    assert report.score == 3
    costly = [finding for finding in report.findings if not finding.advice]
    assert {finding.kind for finding in costly} == {"kcsan"}
    assert all(finding.line for finding in costly)


def test_a_look_without_the_lock_is_advice(engine: Engine) -> None:
    report = grade(tree_of("right_counted"), rubric(), engine, seed=1)

    assert report.score == 4
    advice = [finding for finding in report.findings if finding.kind == "kcsan"]
    assert advice
    assert all(finding.advice and finding.file == "right_counted.c" for finding in advice)


def test_setting_the_size_without_the_lock_is_a_race(engine: Engine) -> None:
    source = KNOWN / "resize-under-another-lock" / "asee.c"

    report = grade(read_path(source), only("tp3.locking"), engine, seed=1)

    assert verdicts(report)["tp3.locking"] == "fail"
    told = next(each.feedback for each in report.criteria if each.id == "tp3.locking")
    assert "size_store()" in told
    assert {each.kind for each in report.findings if not each.advice} == {"kcsan"}


def test_what_does_not_compile_is_not_tried(engine: Engine) -> None:
    tree = changed("right_spin", "return count;", "return nothing;")

    report = grade(tree, rubric(), engine, seed=1)

    assert verdicts(report)["tp3.locking"] == "not-run"
