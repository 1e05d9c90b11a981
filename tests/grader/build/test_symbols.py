"""A place in the module is the line that stands there in the student's file."""

from __future__ import annotations

import pytest

from grader.build import Module, Place, Query, Sandbox, Symbols
from tests.grader.build.conftest import Build
from tests.grader.build.sources import DEVICE, END, HELPERS

pytestmark = pytest.mark.image

#: Each bug instruction is at a line of its own; 0x0b0f is ud2, as BUG() emits it.
MARKED = """#include <linux/module.h>
int marked(int a);
__attribute__((noipa)) int marked(int a)
{
	asm volatile("nop");
	asm volatile(".globl place_of_line_6\\nplace_of_line_6: ud2");
	asm volatile(".globl place_of_line_7\\nplace_of_line_7: ud2");
	return a + 1;
}
static int __init start(void)
{
	return marked(3) == 7;
}
module_init(start);
"""


@pytest.fixture(scope="module")
def device(build: Build) -> Module:
    module = build({"asee_mod.c": DEVICE}).module
    assert module is not None
    return module


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(DEVICE.splitlines(), 1) if text in line)


def test_a_functions_first_byte_is_a_line_of_its_head(device: Module, bwrap: Sandbox) -> None:
    names = ["device_read", "device_write", "chardev_init"]
    places = Symbols(device, bwrap).places([Query(name, 0) for name in names])
    heads = ["ssize_t device_read", "ssize_t device_write", "int __init chardev_init"]
    for name, head, place in zip(names, heads, places, strict=True):
        assert place is not None
        assert place.function == name
        # The compiler may have moved the first statement up into it.
        assert place.line in range(line_of(f"static {head}"), line_of(f"static {head}") + 5)


def test_every_offset_is_inside_its_function_or_what_it_inlines(
    device: Module, bwrap: Sandbox
) -> None:
    places = Symbols(device, bwrap).places([Query("device_read", n) for n in range(2000)])
    found = [place for place in places if place is not None]
    assert {place.file for place in found} == {"asee_mod.c"}
    first, last = line_of("static ssize_t device_read"), line_of("return bytes;") + 1
    inlined = range(line_of("static inline unsigned long give"), line_of("copy_to_user") + 2)
    assert {place.line for place in found} <= {*range(first, last + 1), *inlined}
    assert "give" in {place.function for place in found}
    assert places[-1] is None, "beyond the end of the function"


def test_the_exact_line_of_a_known_instruction(build: Build, bwrap: Sandbox) -> None:
    module = build({"asee_mod.c": MARKED + END}).module
    assert module is not None
    symbols = Symbols(module, bwrap)
    offsets = ud2_offsets(module, bwrap)
    here, there = symbols.places([Query("marked", offset) for offset in offsets])
    assert here == Place("asee_mod.c", 6, "marked")
    assert there == Place("asee_mod.c", 7, "marked")


def ud2_offsets(module: Module, sandbox: Sandbox) -> list[int]:
    """Where the two labels are, from the start of the function that they are in."""
    from grader.build import Job

    log = sandbox.run(Job(["nm", "m.ko"], {"m.ko": module.debug})).log.decode()
    at = {line.split()[-1]: int(line.split()[0], 16) for line in log.splitlines() if line[0] != " "}
    return [at[f"place_of_line_{n}"] - at["marked"] for n in (6, 7)]


def test_a_return_address_is_the_call_before_it(build: Build, bwrap: Sandbox) -> None:
    module = build({"asee_mod.c": MARKED + END}).module
    assert module is not None
    first, second = ud2_offsets(module, bwrap)
    assert second - first == 2, "ud2 has two bytes"
    place = Symbols(module, bwrap).places([Query("marked", second, is_return=True)])[0]
    assert place == Place("asee_mod.c", 6, "marked")


def test_a_raw_address_is_found_by_the_sections(device: Module, bwrap: Sandbox) -> None:
    symbols = Symbols(device, bwrap)
    sections = {".text": 0xFFFFFFFFC0000000, ".init.text": 0xFFFFFFFFC0010000, ".data": 0xC0}
    asked = Query.at(0xFFFFFFFFC0010000, sections)
    assert asked == Query(None, 0, False, ".init.text")
    place = symbols.places([asked])[0]
    assert place is not None
    assert place.function == "chardev_init"
    assert Query.at(0x1000, sections) is None


def test_places_in_several_files(build: Build, bwrap: Sandbox) -> None:
    module = build(HELPERS).module
    assert module is not None
    places = Symbols(module, bwrap).places([Query("ring_size", 0), Query("start", 0)])
    assert [(place.file, place.function) for place in places if place] == [
        ("ring.c", "ring_size"),
        ("asee_mod.c", "start"),
    ]


def test_what_is_not_known_is_none_and_keeps_its_turn(device: Module, bwrap: Sandbox) -> None:
    queries = [
        Query("nosuch", 0),
        Query("device_read", 0),
        Query("device_read", 10**9),
        Query(None, 10**9),
        Query(None, -5),
        Query(None, 0, False, ".data; rm -rf /"),
        Query("device_read", 0, is_return=True),
    ]
    places = Symbols(device, bwrap).places(queries)
    assert [place is not None for place in places] == [False, True, *[False] * 5]
    assert Symbols(device, bwrap).places([]) == []
