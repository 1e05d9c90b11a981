"""Next year's course may call its device and attributes something else: a rubric's settings are
all that has to change.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.engine import Engine
from grader.grade import grade
from grader.intake import Upload, read_upload
from grader.report import Report
from grader.rubric import Rubric, load_rubric
from grader.rubric.schema import Attributes

REFERENCE = Path(__file__).parents[2] / "rubrics" / "tp2" / "reference" / "asee_mod.c"
TP2 = load_rubric("tp2")
NAMES = Attributes(folder="chan_mod", size="chan_buf_size", count="chan_buf_count")
OTHER = TP2.model_copy(
    update={"settings": TP2.settings.model_copy(update={"device": "chan_mod", "attributes": NAMES})}
)


def mark(source: str, rubric: Rubric, engine: Engine) -> Report:
    source = source.replace("asee", "chan")
    tree = read_upload([Upload("chan_mod.c", source.encode())], device="chan_mod")
    return grade(tree, rubric, engine, seed=3)


@pytest.mark.image
def test_a_correct_module_with_other_names_gets_full_marks(engine: Engine) -> None:
    report = mark(REFERENCE.read_text(), OTHER, engine)

    assert report.score == report.max_score, report.message
    assert "asee" not in report.to_json()


@pytest.mark.image
def test_what_a_wrong_module_is_told_has_the_other_names(engine: Engine) -> None:
    source = REFERENCE.read_text()
    refusal = source[source.index("\t\tpr_err(") : source.index("\t\treturn -EBUSY;")]
    source = source.replace(refusal, "\t\tsize = wanted;\n")
    source = source.replace('"%u\\n", count)', '"%u\\n", count ? count + 1 : 0)')

    report = mark(source, OTHER, engine)

    lost = {criterion.id: criterion for criterion in report.criteria if criterion.points == 0}
    assert {"tp2.count", "tp2.refuse"} <= set(lost)
    # What a criterion's hint adds is the rubric's own text.
    told = [check.model_dump_json() for criterion in lost.values() for check in criterion.checks]
    assert any("/sys/kernel/chan_mod/chan_buf_count shows" in text for text in told)
    assert any("/sys/kernel/chan_mod/chan_buf_size shows" in text for text in told)
    assert not [text for text in told if "asee" in text]
