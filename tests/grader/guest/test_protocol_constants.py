"""The two sides of the protocol must agree on every number."""

from __future__ import annotations

import re
from pathlib import Path

from grader.guest.protocol import answers, calls, constants

HEADER = Path(__file__).parents[3] / "vm_images" / "agent" / "protocol.h"
MANUAL = Path(__file__).parents[3] / "docs" / "protocol.md"


def in_c() -> dict[str, int]:
    found = re.findall(r"^#define (\w+) (\S+)$", HEADER.read_text(), re.MULTILINE)
    return {name: int(value, 0) for name, value in found}


def in_python() -> dict[str, int]:
    return {name: value for name, value in vars(constants).items() if name.isupper()}


def test_both_sides_have_the_same_constants() -> None:
    assert len(in_c()) > 50
    assert in_c() == in_python()


def test_no_two_types_operations_or_errors_share_a_number() -> None:
    for prefix in ("TYPE_", "OP_", "ERROR_", "WHERE_", "STEP_", "PART_", "KMSG_", "SIGNAL_"):
        values = [value for name, value in in_c().items() if name.startswith(prefix)]
        assert len(values) == len(set(values)) > 1, prefix


def test_the_largest_answers_fit_a_frame() -> None:
    assert constants.ANSWER_SIZE + constants.MAX_DATA <= constants.MAX_PAYLOAD
    state = 4 + 1 + 1 + 2 + 4 + 5 * 8 + 3 * (2 + constants.MAX_STACK)
    assert state <= constants.MAX_PAYLOAD
    written = 1 + 2 + constants.MAX_TEXT + 1 + 4 + constants.MAX_WRITE
    assert written <= constants.MAX_PAYLOAD


def test_every_operation_has_a_call_and_every_call_an_operation() -> None:
    operations = {value for name, value in in_python().items() if name.startswith("OP_")}
    source = Path(calls.__file__).read_text()
    used = set(re.findall(r"\bc\.(OP_\w+)", source))
    assert {getattr(constants, name) for name in used} == operations


def test_the_manual_names_every_type_operation_and_error() -> None:
    manual = MANUAL.read_text()
    for name in in_c():
        if name.startswith(("TYPE_", "OP_", "ERROR_")):
            assert re.search(rf"\b{name.split('_', 1)[1]}\b", manual), name
    assert f"version {constants.PROTOCOL_VERSION}" in manual


def test_steps_are_named_for_every_number() -> None:
    steps = {value for name, value in in_python().items() if name.startswith("STEP_")}
    assert set(answers._STEPS) == steps
