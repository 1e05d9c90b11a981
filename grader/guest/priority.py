"""How much of the processors a session gets beside others."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def set_nice(session: int, nice: int) -> bool:
    """Set it for a session (its first process), both ways; False: nice(1)'s is refused.

    It depends on the host which one counts: sessions are scheduling groups of their own, to which
    nice says nothing, unless a control group with the cpu controller holds them all (sched(7),
    autogroup).
    """
    try:
        os.setpriority(os.PRIO_PGRP, session, nice)
        taken = True
    except OSError:
        taken = False
    with contextlib.suppress(OSError):  # a kernel without autogroup, or not allowed
        Path(f"/proc/{session}/autogroup").write_text(str(nice))
    return taken
