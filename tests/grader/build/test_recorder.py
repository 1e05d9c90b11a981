"""A recording is kept only when it is proved, made once, and never waited for."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from grader.build import Job, Outcome, Sandbox, recorder
from grader.build.kbuild_file import DEBUG
from grader.build.recorder import RETRY_SECONDS, recording_of
from grader.build.replay import Recording
from grader.errors import PlatformFault
from grader.image import Image

pytestmark = pytest.mark.image


class Tape:
    """A sandbox that runs each job once and gives the same outcome, or a changed one, again."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._kept: dict[str, Outcome] = {}
        self.change: Callable[[Job, Outcome], Outcome] = lambda job, outcome: outcome
        self.jobs = 0

    def run(self, job: Job) -> Outcome:
        self.jobs += 1
        key = repr((job.argv, sorted(job.files.items())))
        if key not in self._kept:
            self._kept[key] = self._sandbox.run(job)
        return self.change(job, self._kept[key])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


@pytest.fixture(scope="module")
def shared_tape(bwrap: Sandbox) -> Tape:
    return Tape(bwrap)


@pytest.fixture
def tape(shared_tape: Tape) -> Tape:
    shared_tape.change = lambda job, outcome: outcome
    shared_tape.jobs = 0
    return shared_tape


@pytest.fixture
def elsewhere(image: Image, tmp_path: Path) -> Image:
    """The same image in a cache folder where nothing has been recorded."""
    return replace(image, folder=tmp_path / "images" / image.id)


def kept(image: Image, name: str = "recording.json") -> list[Path]:
    return list((image.home / "recordings").glob(f"*/{name}"))


def rewrite(what: str, old: str, new: str) -> Callable[[Job, Outcome], Outcome]:
    """Changes one output of kbuild's runs, as another kernel would."""

    def change(job: Job, outcome: Outcome) -> Outcome:
        if what not in outcome.outputs:
            return outcome
        data = outcome.outputs[what].replace(old.encode(), new.encode())
        return replace(outcome, outputs={**outcome.outputs, what: data})

    return change


def test_it_is_made_once_and_says_what_it_depends_on(elsewhere: Image, tape: Tape) -> None:
    first = recording_of(elsewhere, tape)
    assert first is not None
    made = tape.jobs
    assert recording_of(elsewhere, tape) == first
    assert tape.jobs == made
    (file,) = kept(elsewhere)
    parts = json.loads(file.read_text())["parts"]
    assert parts == {name: elsewhere.manifest["parts"][name] for name in ("kernel", "toolchain")}
    assert sorted(path.name for path in file.parent.iterdir()) == ["lock", "recording.json"]


def test_another_kernel_or_compiler_has_a_recording_of_its_own(
    elsewhere: Image, tape: Tape
) -> None:
    recording_of(elsewhere, tape)
    for part in ("kernel", "toolchain"):
        parts = {**elsewhere.manifest["parts"], part: "other"}
        recording_of(replace(elsewhere, manifest={**elsewhere.manifest, "parts": parts}), tape)
    assert len(kept(elsewhere)) == 3


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"environment": {}}'])
def test_a_damaged_one_is_made_again(elsewhere: Image, tape: Tape, damage: str) -> None:
    first = recording_of(elsewhere, tape)
    (file,) = kept(elsewhere)
    file.write_text(damage)
    assert recording_of(elsewhere, tape) == first
    assert Recording.from_json(file.read_text()) == first


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (rewrite("commands", "make -f ./scripts/Makefile.build", "make -f x"), "not build as it"),
        (rewrite("commands", "/modules.order; trap", "/new.file; trap"), "'new.file', which is"),
        (rewrite("commands", "src/ringmark-module.ko", "src/ringmark-module.o"), "nothing for: fi"),
        (rewrite("commands", "-o /work/src/ringmark-other.o", "-O3 -o x"), "two sources in two"),
        (rewrite("commands", "kmod_asee_mod ", "kmod_other "), "other commands for asee_mod"),
        (rewrite("commands", "ring_buffer", "ring-buffer"), "other commands for asee_mod_2"),
        (rewrite("src/asee_mod_2.ko", "asee_mod", "asee_mud"), "asee_mod_2 comes out as another"),
        (rewrite(DEBUG, "asee_mod", "asee_mud"), "asee_mod comes out as another"),
        (
            lambda job, outcome: outcome if len(job.argv) > 2 else replace(outcome, outputs={}),
            "descriptions do not compile",
        ),
        (lambda job, outcome: replace(outcome, outputs={}), "did not leave|does not build as"),
        (lambda job, outcome: replace(outcome, exit_code=2), "ringmark-module does not build"),
        (lambda job, outcome: replace(outcome, killed="time"), r"not build \(time\)"),
    ],
)
def test_what_is_not_proved_is_not_kept(
    elsewhere: Image,
    tape: Tape,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[Job, Outcome], Outcome],
    reason: str,
) -> None:
    tape.change = change
    assert recording_of(elsewhere, tape) is None
    assert kept(elsewhere) == []
    (failed,) = kept(elsewhere, "failed")
    said = failed.read_text().rstrip("\n")
    assert re.search(reason, said), said
    assert caplog.messages == [f"builds are slow, kbuild could not be recorded: {said}"]


def test_a_failure_is_tried_again_after_a_while(elsewhere: Image, tape: Tape) -> None:
    tape.change = lambda job, outcome: replace(outcome, killed="time")
    assert recording_of(elsewhere, tape) is None
    tape.change = lambda job, outcome: outcome
    tried = tape.jobs
    assert recording_of(elsewhere, tape) is None
    assert tape.jobs == tried, "not at once: each build would be slower by what it takes"
    (failed,) = kept(elsewhere, "failed")
    long_ago = failed.stat().st_mtime - RETRY_SECONDS - 1
    os.utime(failed, (long_ago, long_ago))
    assert recording_of(elsewhere, tape) is not None


def test_nobody_waits_for_another_who_records(elsewhere: Image, tape: Tape) -> None:
    assert recording_of(elsewhere, tape) is not None
    (file,) = kept(elsewhere)
    file.unlink()
    with (file.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tape.jobs = 0
        assert recording_of(elsewhere, tape) is None
        assert tape.jobs == 0
    assert recording_of(elsewhere, tape) is not None


def test_a_cache_folder_that_cannot_be_written_is_no_reason_not_to_build(
    elsewhere: Image, tape: Tape, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere.home.joinpath("recordings").write_text("in the way")
    assert recording_of(elsewhere, tape) is None
    assert "cannot be kept" in caplog.text
    assert tape.jobs == 0


def test_a_sandbox_that_does_not_start_leaves_the_fault_to_the_build(
    elsewhere: Image, tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(sandbox: Sandbox) -> Recording:
        raise PlatformFault("no bwrap")

    monkeypatch.setattr(recorder, "record", broken)
    assert recording_of(elsewhere, tape) is None
