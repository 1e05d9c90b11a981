"""The kernel's configuration is compared with what the fragments ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm_images.kernel.build import FLAVOURS, HERE
from vm_images.kernel.check import mismatches, read_config

FRAGMENTS = {
    flavour: {name: (HERE / "config" / name).read_text() for name in names}
    for flavour, names in FLAVOURS.items()
}
ASKED = [
    (flavour, option, value, name)
    for flavour, fragments in FRAGMENTS.items()
    for name, text in fragments.items()
    for option, value in read_config(text).items()
]
Asked = tuple[str, str, str, str]


def config_text(options: dict[str, str]) -> str:
    lines = [f"# {o} is not set" if v == "n" else f"{o}={v}" for o, v in options.items()]
    return "\n".join(lines)


def asked_options(flavour: str) -> dict[str, str]:
    return {option: value for of, option, value, _ in ASKED if of == flavour}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_config_as_asked_has_no_mismatch(flavour: str) -> None:
    assert mismatches(FRAGMENTS[flavour], config_text(asked_options(flavour))) == []


@given(st.sampled_from(ASKED))
def test_any_option_flipped_is_named_with_its_fragment(asked: Asked) -> None:
    flavour, option, value, fragment = asked
    flipped = asked_options(flavour) | {option: "y" if value != "y" else "n"}

    wrong = mismatches(FRAGMENTS[flavour], config_text(flipped))

    assert [(m.option, m.fragment) for m in wrong] == [(option, fragment)]
    assert option in str(wrong[0]) and fragment in str(wrong[0])


@given(st.sampled_from([asked for asked in ASKED if asked[2] not in {"n", '""'}]))
def test_any_option_dropped_by_kconfig_is_named(asked: Asked) -> None:
    flavour, option, _, _ = asked
    options = asked_options(flavour)
    del options[option]

    assert [m.option for m in mismatches(FRAGMENTS[flavour], config_text(options))] == [option]


def test_what_does_not_exist_is_as_good_as_switched_off() -> None:
    assert mismatches({"f": '# CONFIG_A is not set\nCONFIG_KEYS=""'}, "") == []


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_option_is_asked_for_twice(flavour: str) -> None:
    options = [option for of, option, _, _ in ASKED if of == flavour]
    assert len(options) == len(set(options))


def test_every_option_has_a_reason_above_it() -> None:
    texts = {name: text for fragments in FRAGMENTS.values() for name, text in fragments.items()}
    for name, text in texts.items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if read_config(line):
                above = lines[number - 1]
                assert above.startswith("# ") and not read_config(above), f"{name}: {line}"
