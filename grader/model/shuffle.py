"""Is a sequence what several readers together took, each in order? If not, from where on?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


def is_shuffle(whole: bytes, parts: Sequence[bytes]) -> bool:
    """Whether ``whole`` can be had by interleaving ``parts``, each kept in its order.

    Keeps every way in which the first bytes can be divided: few, unless the same bytes come again
    and again close together.
    """
    if sum(map(len, parts)) != len(whole):
        return False
    ways = {tuple(0 for _ in parts)}
    for byte in whole:
        ways = {
            (*way[:number], at + 1, *way[number + 1 :])
            for way in ways
            for number, at in enumerate(way)
            if at < len(parts[number]) and parts[number][at] == byte
        }
        if not ways:
            return False
    return True


@dataclass(frozen=True)
class Wrong:
    """The first byte of a writer's that did not come as it was written. ``position`` counts from 1.

    ``kind``: ``lost``, or ``doubled`` (``value`` came again), by what the readers had next:
    something ahead, or something that had been there. ``reader``: who had it; empty for nobody.
    """

    kind: Literal["lost", "doubled"]
    position: int
    value: int
    reader: str = ""
    instead: int | None = None


def first_wrong(whole: bytes, parts: Mapping[str, bytes]) -> Wrong | None:
    """Where ``parts``, by reader, stop being a shuffle of ``whole``, which goes round and round
    letters of its own; None where they are one.
    """
    names, data = list(parts), list(parts.values())
    ways = {tuple(0 for _ in data)}
    for position, byte in enumerate(whole, start=1):
        further = {
            (*way[:number], at + 1, *way[number + 1 :])
            for way in ways
            for number, at in enumerate(way)
            if at < len(data[number]) and data[number][at] == byte
        }
        if not further:
            return _wrong(whole, position, names, data, min(ways))
        ways = further
    left = min(ways, key=lambda way: sum(len(each) for each in data) - sum(way))
    for name, each, at in zip(names, data, left, strict=True):
        if at < len(each):
            return Wrong("doubled", len(whole), each[at], name)
    return None


def _wrong(
    whole: bytes, position: int, names: Sequence[str], data: Sequence[bytes], way: Sequence[int]
) -> Wrong:
    due = whole[position - 1]
    places = {byte: place for place, byte in enumerate(dict.fromkeys(whole))}
    found = [
        (name, each[at]) for name, each, at in zip(names, data, way, strict=True) if at < len(each)
    ]
    for name, byte in found:
        ahead = (places[byte] - places[due]) % len(places)
        if ahead > len(places) // 2:
            return Wrong("doubled", position, byte, name, due)
    name, instead = found[0] if found else ("", None)
    return Wrong("lost", position, due, name, instead)
