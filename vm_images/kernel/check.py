"""Whether a kernel's configuration is what the fragments ask for.

Kconfig drops an option whose dependencies are not met without a word. A kernel that silently lacks
KASAN would give a student marks that he has not earned, so the build stops and names the option.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SET = re.compile(r"^(CONFIG_[A-Za-z0-9_]+)=(.+)$")
_UNSET = re.compile(r"^# (CONFIG_[A-Za-z0-9_]+) is not set$")


@dataclass(frozen=True)
class Mismatch:
    """An option that is not as its fragment asks."""

    option: str
    wanted: str
    found: str
    fragment: str

    def __str__(self) -> str:
        return f"{self.option} is {self.found}, asked for {self.wanted} in {self.fragment}"


def read_config(text: str) -> dict[str, str]:
    """Options and values of a fragment or a ``.config``; what is "not set" has the value n."""
    options: dict[str, str] = {}
    for line in text.splitlines():
        if match := _SET.match(line):
            options[match[1]] = match[2].strip()
        elif match := _UNSET.match(line):
            options[match[1]] = "n"
    return options


def mismatches(fragments: Mapping[str, str], config: str) -> list[Mismatch]:
    """Compare a finished ``.config`` with the fragments that it was made from (name -> text).

    An option that does not exist counts as n, and as an empty string: kernels differ in what they
    offer (``KERNEL_SOURCE``), and something absent is as good as switched off.
    """
    found = read_config(config)
    wrong = []
    for name, text in fragments.items():
        for option, wanted in read_config(text).items():
            absent = '""' if wanted == '""' else "n"
            if found.get(option, absent) != wanted:
                wrong.append(Mismatch(option, wanted, found.get(option, absent), name))
    return wrong
