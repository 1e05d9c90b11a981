"""The kernel's configuration is compared with what the fragments ask for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vm_images.kernel.build import FLAVOURS, HERE
from vm_images.kernel.check import mismatches, read_config

FRAGMENTS = {
    name: (HERE / "config" / name).read_text() for files in FLAVOURS.values() for name in files
}
ASKED = [
    (option, value, name)
    for name, text in FRAGMENTS.items()
    for option, value in read_config(text).items()
]


def config_text(options: dict[str, str]) -> str:
    lines = [f"# {o} is not set" if v == "n" else f"{o}={v}" for o, v in options.items()]
    return "\n".join(lines)


def asked_options() -> dict[str, str]:
    return {option: value for option, value, _ in ASKED}


def test_a_config_as_asked_has_no_mismatch() -> None:
    assert mismatches(FRAGMENTS, config_text(asked_options())) == []


@given(st.sampled_from(ASKED))
def test_any_option_flipped_is_named_with_its_fragment(asked: tuple[str, str, str]) -> None:
    option, value, fragment = asked
    flipped = asked_options() | {option: "y" if value != "y" else "n"}

    wrong = mismatches(FRAGMENTS, config_text(flipped))

    assert [(m.option, m.fragment) for m in wrong] == [(option, fragment)]
    assert option in str(wrong[0]) and fragment in str(wrong[0])


@given(st.sampled_from([asked for asked in ASKED if asked[1] not in {"n", '""'}]))
def test_any_option_dropped_by_kconfig_is_named(asked: tuple[str, str, str]) -> None:
    options = asked_options()
    del options[asked[0]]

    assert [m.option for m in mismatches(FRAGMENTS, config_text(options))] == [asked[0]]


def test_what_does_not_exist_is_as_good_as_switched_off() -> None:
    assert mismatches({"f": '# CONFIG_A is not set\nCONFIG_KEYS=""'}, "") == []


def test_no_option_is_asked_for_twice() -> None:
    options = [option for option, _, _ in ASKED]
    assert len(options) == len(set(options))


def test_every_option_has_a_reason_above_it() -> None:
    for name, text in FRAGMENTS.items():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if read_config(line):
                above = lines[number - 1]
                assert above.startswith("# ") and not read_config(above), f"{name}: {line}"
