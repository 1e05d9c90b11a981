"""Who waits for whom on a host that also marks: the site for nobody."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

#: Ten times the weight of a guest (sched(7), nice values).
FIRST = -10


def put_first(session: int) -> bool:
    """Let a session (its first process) have processors before guests and compilers.

    Twice, because it depends on the host which one counts: sessions are scheduling groups of their
    own, to which nice says nothing, unless a control group with the cpu controller holds them all
    (sched(7), autogroup). False when we may not, as without root: guests then step back instead.
    """
    try:
        os.setpriority(os.PRIO_PGRP, session, FIRST)
    except PermissionError:
        return False
    with contextlib.suppress(OSError):  # a kernel without autogroup
        Path(f"/proc/{session}/autogroup").write_text(str(FIRST))
    return True
