"""`manage.py grade`: marks without web part or queue; exit codes and output as promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest

from grader.engine import Engine
from grader.report import Report

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "rubrics" / "tp1" / "reference" / "asee_mod.c"
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "grade", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.image
def test_a_correct_module_gets_full_marks_as_json(engine: Engine) -> None:
    done = run("tp1", REFERENCE, "--json", "--seed", "11")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    report = Report.model_validate(document)
    assert (report.status, report.score, report.max_score) == ("graded", 20, 20)
    assert report.seed == 11
    assert report.image == engine.image.id
    assert report.findings == ()


@pytest.mark.image
def test_an_archive_with_a_defect_is_graded_and_exits_0(engine: Engine, tmp_path: Path) -> None:
    archive = tmp_path / "tp1.zip"
    source = REFERENCE.read_text().replace('"asee_mod"', '"asee"')
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("tp1/asee.c", source)
        file.writestr("tp1/Makefile", "all:\n\ttouch /tmp/theirs-was-run\n")
    done = run("tp1", archive)
    assert done.returncode == 0, done.stderr
    assert "19 / 20" in done.stdout
    assert "tp1.load" in done.stdout and "/dev/asee appeared instead" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.c", b"", "empty"),
        ("module.pdf", b"%PDF-1.4", "module.pdf"),
        ("plain.c", b"int main(void) { return 0; }\n", "module_init"),
        ("cut.zip", b"PK\x03\x04 not really", "cut.zip"),
    ],
)
def test_unusable_input_exits_2_and_says_why(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = run("tp1", path, "--json")
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_a_missing_file_and_an_unknown_tp_are_unusable_input(tmp_path: Path) -> None:
    assert run("tp1", tmp_path / "nowhere.c").returncode == 2
    unknown = run("tp9", REFERENCE)
    assert unknown.returncode == 2 and "tp1" in unknown.stderr


def test_a_missing_image_is_the_platforms_fault_and_says_what_to_do(tmp_path: Path) -> None:
    done = run("tp1", REFERENCE, RINGMARK_HOME=str(tmp_path))
    assert done.returncode == 3
    assert "manage.py images build" in done.stderr
