"""A failing check as a shell script."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import shell_words
from grader.feedback import script_of
from grader.report import CheckReport, Step

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def check(*steps: Step, reason: str = "the second shell read something else") -> CheckReport:
    return CheckReport(
        id="order.random", verdict="fail", seconds=1, transcript=steps, reason=reason
    )


def told(script: str) -> list[str]:
    return [line for line in script.splitlines() if line and not line.startswith("#")]


def test_each_step_is_a_command_between_insmod_and_rmmod() -> None:
    script = script_of(
        check(
            Step(actor="first", action="echo 'abc'", command="echo abc > /dev/asee_mod"),
            Step(actor="second", action="cat", command="cat /dev/asee_mod", ok=False,
                 expected="'abc'", seen="'cba'"),
        ),
        "It keeps the order",
    )  # fmt: skip
    assert told(script)[1:] == [
        'insmod "$module" || exit 1',
        "echo abc > /dev/asee_mod",
        "cat /dev/asee_mod",
        'rmmod "$(basename "$module" .ko)"',
    ]
    assert "due: 'abc'; seen: 'cba'; <-- here it went wrong" in script
    assert "# It keeps the order" in script


def test_a_task_that_blocks_runs_beside_and_is_killed_by_its_number() -> None:
    script = script_of(
        check(
            Step(actor="reader-1", action="read of 4 bytes", event="starts", command="dd ... &"),
            Step(actor="reader-1", action="is still in its call", seen="waits", event="waits"),
            Step(actor="root", action="kill -9 reader-1", event="kills"),
        ),
        "It can be killed",
    )
    assert "dd ... & reader_1=$!" in script
    assert "kill -9 $reader_1" in script


def test_a_check_that_loads_by_itself_is_loaded_where_it_does() -> None:
    script = script_of(
        check(Step(actor="root", action="insmod"),
              Step(actor="root", action="rmmod", command="rmmod asee_mod")),
        "It unloads",
    )  # fmt: skip
    assert told(script)[1:] == ['insmod "$module"', "rmmod asee_mod"]


def test_nothing_to_type_gives_no_script() -> None:
    assert script_of(check(Step(actor="kernel", action="says", seen="an oops")), "Clean") == ""


@given(data=st.binary(min_size=1, max_size=60))
def test_what_a_shell_writes_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    target = tmp_path_factory.mktemp("shell") / "a device's name"
    subprocess.run(["sh", "-c", shell_words.put(data, str(target))], check=True)
    assert target.read_bytes() == data


@given(actor=ANY_TEXT, action=ANY_TEXT, seen=ANY_TEXT, title=ANY_TEXT)
def test_no_text_of_a_module_becomes_a_command(
    tmp_path_factory: pytest.TempPathFactory, actor: str, action: str, seen: str, title: str
) -> None:
    script = script_of(
        check(
            Step(actor=actor, action=action, seen=seen, ok=False),
            Step(actor="shell", action="cat", command="cat /dev/null", seen=seen),
            reason=seen,
        ),
        title,
    )
    path: Path = tmp_path_factory.mktemp("script") / "try.sh"
    path.write_text(script)
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
    fixed = told(script_of(check(Step(action="insmod"), Step(command="cat /dev/null", action="x"),
                                 Step(action="x", command="x")), ""))  # fmt: skip
    fixed.append('insmod "$module" || exit 1')
    assert {line.partition("   #")[0] for line in told(script)} <= set(fixed)
