"""What the parser makes of what real kernels printed: one recording for each thing done wrong.

``record.py`` made them on the guest's kernel; each module's first comment says what is due.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import get_args

import pytest

from grader.kernel_reports import (
    KernelReport,
    find_reports,
    first_cause,
    involves_module,
    lockdep_disabled,
    module_frame,
    parse_kmemleak,
)
from grader.report import FindingKind
from tests.grader.kernel_reports.recordings import (
    RECORDED,
    Plan,
    Recording,
    plans,
    read_recording,
    recorded_file,
)

PLANS = plans()
GUILTY = [plan for plan in PLANS if plan.expected]


def reports_of(recording: Recording) -> list[KernelReport]:
    return [*find_reports(recording.console), *parse_kmemleak(recording.kmemleak)]


def once(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """A processor that stays stuck is reported again and again, for as long as one records."""
    return [one for at, one in enumerate(found) if one[0] != "stall" or one not in found[:at]]


def blamed(report: KernelReport, recording: Recording) -> str:
    """The function to blame in the words of a module's first comment."""
    frame = module_frame(report, recording.plan.name)
    if frame is not None:
        return frame.function.partition(".")[0]
    ours = involves_module(report, recording.plan.name, recording.ranges)
    return "(address)" if ours else "-"


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_each_report_has_its_kind_title_and_culprit(plan: Plan):
    recording = read_recording(plan)

    found = once([(r.kind, r.title, blamed(r, recording)) for r in reports_of(recording)])

    due = [(want.kind, want.title, want.function) for want in plan.expected]
    assert [(kind, who) for kind, _, who in found] == [(kind, who) for kind, _, who in due]
    for (_, title, _), (_, pattern, _) in zip(found, due, strict=True):
        assert fnmatchcase(title, pattern)


@pytest.mark.parametrize("plan", GUILTY, ids=lambda plan: plan.name)
def test_the_cause_is_the_first_report(plan: Plan):
    recording = read_recording(plan)
    reports = reports_of(recording)

    assert first_cause(reports, plan.name, recording.ranges) is reports[0]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_another_module_is_never_blamed(plan: Plan):
    assert first_cause(reports_of(read_recording(plan)), "asee_mod") is None


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_report_ends_before_what_is_printed_next(plan: Plan):
    for report in reports_of(read_recording(plan)):
        assert "ringmark: recorded" not in report.text
        assert "taints kernel" not in report.text


@pytest.mark.parametrize("plan", GUILTY, ids=lambda plan: plan.name)
def test_without_times_and_callers_the_cause_stays_the_same(plan: Plan):
    recording = read_recording(plan)
    bare = re.sub(r"^\[[ \d.]+\]\[[ \w]+\] ", "", recording.console, flags=re.MULTILINE)
    before, after = (
        reports_of(recording)[0],
        [*find_reports(bare), *parse_kmemleak(recording.kmemleak)][0],
    )

    assert (after.kind, after.title) == (before.kind, before.title)
    assert module_frame(after, plan.name) == module_frame(before, plan.name)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_lockdep_was_on_when_it_mattered(plan: Plan):
    assert not lockdep_disabled(read_recording(plan).console)


@pytest.mark.parametrize("plan", GUILTY, ids=lambda plan: plan.name)
def test_a_recording_cut_anywhere_never_accuses_of_something_else(plan: Plan):
    """The kind and the culprit may still be missing, or less exact, but the kind is never wrong."""
    recording = read_recording(plan)
    if recording.kmemleak:
        return
    lines = recording.console.split("\n")
    kinds = [want.kind for want in plan.expected]
    for kept in range(0, len(lines), max(1, len(lines) // 40)):
        reports = find_reports("\n".join(lines[:kept]))
        found = [kind for kind, _, _ in once([(r.kind, "", "") for r in reports])]
        assert found == kinds[: len(found)]


def test_every_recording_has_its_module():
    assert {path.stem for path in RECORDED.glob("*.txt")} == {plan.name for plan in PLANS}
    assert all(recorded_file(plan).stat().st_size for plan in PLANS)


def test_every_kind_of_the_sanitized_kernel_is_recorded():
    seen = {want.kind for plan in PLANS for want in plan.expected}

    of_the_host = {"build-warning", "static", "init-failure"}
    of_the_race_kernel = {"kcsan"}
    assert seen == set(get_args(FindingKind)) - of_the_host - of_the_race_kernel
