"""Steps and reasons in words, in both languages."""

from __future__ import annotations

import errno

import pytest

from grader.checks.say import either, end_of_guest, not_as_due, number_shown, sized
from grader.guest.channel import Observation
from grader.guest.death import Death
from grader.texts import Text, listed, same

SIZE = "/sys/kernel/asee_mod/asee_buf_size"


@pytest.mark.parametrize(
    ("names", "told"),
    [("a", "a"), ("ab", "a and b"), ("abc", "a, b and c"), ("abcd", "a, b, c and d")],
)
def test_a_list_reads_as_people_write_it(names: str, told: str) -> None:
    assert listed(map(same, names)).en == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, Text("0 bytes", "0 octet")),
        (1, Text("1 byte", "1 octet")),
        (2, Text("2 bytes", "2 octets")),
    ],
)
def test_one_byte_is_no_bytes(count: int, told: Text) -> None:
    assert sized(count) == told


def cat(data: bytes = b"", error: int = 0) -> Observation:
    return Observation(-1 if error else len(data), error, data, started_ns=0, ended_ns=0)


def test_an_attribute_that_is_not_there_is_said_to_be_so() -> None:
    seen = cat(error=errno.ENOENT)
    told = not_as_due(SIZE, seen, "16", Text(" after insmod", " après insmod"))
    assert number_shown(seen) == same("-1 ENOENT")
    assert told.en == f"{SIZE} is not there after insmod (ENOENT): it should show 16"
    assert told.fr == f"{SIZE} n'existe pas après insmod (ENOENT) : il devrait afficher 16"


def test_an_attribute_that_cannot_be_read() -> None:
    told = not_as_due(SIZE, cat(error=errno.EIO), "16")
    assert told.en == f"reading {SIZE} failed with EIO: it should show 16"


def test_an_attribute_that_shows_another_number() -> None:
    told = not_as_due(SIZE, cat(b"17\n"), either(["16", "32"]))
    assert told.en == f"{SIZE} shows '17' where 16 or 32 was due"
    assert told.fr == f"{SIZE} affiche '17' au lieu de 16 ou 32"


@pytest.mark.parametrize(
    ("death", "told"),
    [
        (Death("panic", "Kernel panic - not syncing: je panique"), "its kernel panicked"),
        (Death("reset", "the guest reset the machine"), "it restarted"),
        (Death("shutdown", "the guest switched the machine off"), "it was switched off"),
        (None, "nothing in it answers any more"),
        # The panic by which a guest that hangs answers our own question.
        (
            Death("panic", "Kernel panic - not syncing: NMI: Not continuing"),
            "nothing in it answers any more",
        ),
    ],
)
def test_how_a_guest_went_down(death: Death | None, told: str) -> None:
    assert end_of_guest(death).en == told
