"""What real reports of a race kernel are taken for: nothing harmful in a correct module."""

from __future__ import annotations

import pytest

from grader.checks.race_verdict import Judged, judge, races_of
from grader.checks.statements import Source
from grader.kernel_reports import KernelReport, find_reports
from grader.kernel_reports.races import Race, race_in
from tests.grader.checks.racing.recordings import names, read_recording, shown_by, tree_of

RIGHT = [name for name in names() if name.startswith("right_")]
WRONG = [name for name in names() if name.startswith("wrong_")]


def judged(name: str) -> list[Judged]:
    recording = read_recording(name)
    source = Source(tree_of(name).files)
    pairs = races_of(find_reports(recording.log), name)
    return [judge(report, race, name, source, recording.locate) for report, race in pairs]


def only(name: str, kind: str) -> Judged:
    return next(race for race in judged(name) if race.kind == kind)


@pytest.mark.parametrize("name", names())
def test_each_recording_shows_the_kinds_that_its_module_names(name: str) -> None:
    assert shown_by(name) <= {race.kind for race in judged(name)}


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_in_a_correct_module_is_harmful(name: str) -> None:
    assert not [race for race in judged(name) if race.harmful]


@pytest.mark.parametrize("name", WRONG)
def test_something_in_a_wrong_module_is_harmful(name: str) -> None:
    assert [race for race in judged(name) if race.harmful]


@pytest.mark.parametrize("name", names())
def test_every_report_is_told_apart_into_two_sides(name: str) -> None:
    recording = read_recording(name)
    assert len(races_of(find_reports(recording.log), name)) == recording.log.count("BUG: KCSAN")


def test_blame_for_a_harmful_pair_is_a_line_that_stores() -> None:
    for name in WRONG:
        lines = tree_of(name).files[1].data.decode().splitlines()
        for race in judged(name):
            if race.harmful and race.blame is not None:
                line = lines[race.blame.line - 1]
                assert any(
                    mark in line for mark in ("=", "++", "--", "copy", "mem", "ONCE", "kfifo")
                ), line


def test_blame_for_a_harmless_pair_is_the_side_that_looks() -> None:
    looks = only("right_spin", "looks")
    reading = next(
        place for side, place in zip(looks.race.sides, looks.places, strict=True) if not side.writes
    )
    assert looks.blame == reading


def test_a_report_of_the_kernels_own_is_not_the_modules() -> None:
    assert races_of(find_reports(read_recording("wrong_none").log), "asee_mod") == []


def test_a_report_that_was_cut_off_is_no_race() -> None:
    whole = only("wrong_none", "changed").report
    lines = whole.text.splitlines()
    first, second = (i for i, line in enumerate(lines) if " bytes by " in line)
    for length in (0, first, first + 1, second, second + 1):
        assert race_in(cut(whole, "\n".join(lines[:length]))) is None


def test_two_stores_of_bytes_that_nobody_compares_count_as_a_change() -> None:
    race = Race(*(only("wrong_memcpy", "changed").race.sides), changed=None)
    report = only("wrong_memcpy", "changed").report
    source = Source(tree_of("wrong_memcpy").files)
    assert judge(report, race, "wrong_memcpy", source, lambda frame: None).kind == "changed"


def test_without_debug_information_half_an_update_is_only_a_look() -> None:
    lost = only("wrong_two_locks", "lost")
    source = Source(tree_of("wrong_two_locks").files)
    blind = judge(lost.report, lost.race, "wrong_two_locks", source, lambda frame: None)
    assert blind.kind == "looks"


def cut(report: KernelReport, text: str) -> KernelReport:
    return KernelReport(report.kind, report.title, text, report.frames, report.line, None, None, ())
