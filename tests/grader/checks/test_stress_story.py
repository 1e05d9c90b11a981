"""What a stress that fails shows of its readers and writers, in real guests."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks import stress
from grader.engine import Engine
from grader.grade import grade
from grader.intake import read_paths
from grader.report import Report, Streams
from tests.support.part_of_tp3 import only

KNOWN = Path(__file__).parents[2] / "submissions" / "tp3"
SEED = 20230909


def marked(name: str, criterion: str, engine: Engine) -> Report:
    sources = sorted(path for path in (KNOWN / name).iterdir() if path.suffix in {".c", ".h"})
    return grade(read_paths(sources), only(criterion), engine, SEED)


def failed_streams(report: Report) -> list[Streams]:
    checks = [check for criterion in report.criteria for check in criterion.checks]
    assert all(check.streams is None for check in checks if check.verdict == "pass")
    return [each.streams for each in checks if each.verdict == "fail" and each.streams]


@pytest.mark.image
def test_who_sleeps_on_is_told_with_how_far_it_came(engine: Engine) -> None:
    (streams, *_) = failed_streams(marked("writers-not-woken", "tp3.wakeups", engine))
    asleep = [lane for lane in streams.lanes if lane.state == "asleep"]
    assert asleep
    for lane in asleep:
        assert lane.moved is not None
        assert lane.moved <= (lane.wanted or stress.STOP * 100)
        assert lane.function
        assert lane.since <= streams.lasted
    written = [lane for lane in streams.lanes if lane.kind == "writes" and lane.state == "done"]
    assert all(lane.moved == lane.wanted for lane in written)


@pytest.mark.image
def test_the_first_byte_that_was_lost_or_doubled_is_told(engine: Engine) -> None:
    report = marked("no-locks", "tp3.conserve", engine)
    wrong = [each.wrong for each in failed_streams(report) if each.wrong]
    stalled = [each for each in failed_streams(report) if not each.wrong]
    assert wrong or stalled
    for each in wrong:
        assert each.writer.startswith("writer-")
        assert each.value
