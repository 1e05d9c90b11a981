"""Is a sequence what several readers together took, each in order?"""

from __future__ import annotations

from collections.abc import Sequence


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
