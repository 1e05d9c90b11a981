"""Keep the processors of this machine busy, to see what that does to a marking."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

#: Ends by itself when whoever started it is gone, however that ended.
BURN = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """That many processes use all the processor time that they get, until the block is left."""
    with ExitStack() as owned:
        for _ in range(processes):
            burner = subprocess.Popen(
                [sys.executable, "-I", "-c", BURN],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            # Last in, first out: it is killed, then waited for.
            owned.callback(burner.wait)
            owned.callback(burner.kill)
        yield
