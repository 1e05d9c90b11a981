"""Choosing few modules that together lose every criterion. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

#: Modules that lose more are taken only for what nothing else loses: one that loses half the rubric
#: would cover much, but says little about each criterion.
ENOUGH = 2


@dataclass(frozen=True)
class Candidate:
    """A defective module. ``slow``: it hangs or takes the guest down, so that its checks end by
    their deadlines."""

    name: str
    loses: frozenset[str]
    slow: bool = False


def uncovered(criteria: Sequence[str], chosen: Iterable[Candidate]) -> list[str]:
    """The criteria that no chosen module loses, in the rubric's order."""
    lost = {criterion for each in chosen for criterion in each.loses}
    return [criterion for criterion in criteria if criterion not in lost]


def cover(criteria: Sequence[str], candidates: Collection[Candidate]) -> list[Candidate]:
    """Few, quick, each losing little; what no candidate loses stays uncovered.

    Greedy, then what turned out to be needless goes. The same candidates give the same choice.
    """
    chosen: list[Candidate] = []
    while missing := frozenset(uncovered(criteria, chosen)):
        useful = [each for each in candidates if each.loses & missing]
        if not useful:
            break
        chosen.append(
            min(
                useful,
                key=lambda each: (
                    each.slow,
                    len(each.loses) > ENOUGH,
                    -len(each.loses & missing),
                    len(each.loses),
                    each.name,
                ),
            )
        )
    return _needed(criteria, chosen)


def _needed(criteria: Sequence[str], chosen: list[Candidate]) -> list[Candidate]:
    missing = len(uncovered(criteria, chosen))
    for each in sorted(chosen, key=lambda each: (-len(each.loses), each.name)):
        others = [other for other in chosen if other != each]
        if len(uncovered(criteria, others)) == missing:
            chosen = others
    return chosen
